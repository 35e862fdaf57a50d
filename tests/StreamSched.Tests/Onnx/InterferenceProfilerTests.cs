using Microsoft.Extensions.Time.Testing;
using StreamSched.Onnx;
using StreamSched.Onnx.Catalogue;
using StreamSched.Onnx.Processors;
using StreamSched.Onnx.Profiling;

namespace StreamSched.Tests.Onnx;

public class InterferenceProfilerTests
{
    // Not symmetric, with an interaction term, different for the two: nothing that a wrong index could pass with.
    private static readonly Func<int, int, double>[] Law = [(m, r) => 1 + 0.3 * m + 0.5 * r + 0.1 * m * r, (m, r) => 1 + 0.2 * m + 0.7 * r];

    [Theory]
    [InlineData(3, 0, 0)]
    [InlineData(3, 0.02, 0)]
    [InlineData(2, 0.02, 0.2)]
    public void E1_the_law_of_a_fake_executor_is_found_through_noise_and_drift(int size, double noise, double drift)
    {
        var time = new FakeTimeProvider();
        var settings = new InterferenceSettings { Size = size, Rounds = 10 };
        using var executor = new LawExecutor(time, noise, drift);
        var cells = new InterferenceProfiler(settings, time).Measure(executor, "a", "b", null, default);

        Assert.Equal(2 * (size + 1) * (size + 1), cells.Count);
        Assert.Empty(Record(cells, size).Check());
        foreach (var cell in cells)
        {
            var expected = Law[cell.Variant == "a" ? 0 : 1](cell.CoRunnerA, cell.CoRunnerB);
            // Going through the cells in rounds leaves a quarter of a drift at most; one after the other, it would leave all of it.
            Assert.Equal(expected, cell.Factor, expected * (0.03 + drift / 4));
            Assert.Equal(cell.Samples, cell.SamplesMicros.Count);
            Assert.InRange(cell.Samples, settings.Rounds, settings.Samples);
            Assert.Equal(cell.MedianMicros, Samples.Median(cell.SamplesMicros), 1e-9);
        }

        // The slow one is measured inference by inference, the quick one in samples of 10 ms.
        Assert.All(cells, cell => Assert.Equal(cell.Variant == "a" ? 1 : 250, cell.RunsPerSample, 20.0));
    }

    [Fact]
    public void E1_a_cell_that_takes_too_long_has_fewer_samples_but_one_per_round()
    {
        var time = new FakeTimeProvider();
        var settings = new InterferenceSettings { Size = 1, Rounds = 4, Samples = 100, Budget = TimeSpan.FromMilliseconds(40) };
        using var executor = new LawExecutor(time, 0, 0);
        var cells = new InterferenceProfiler(settings, time).Measure(executor, "a", "b", null, default);
        Assert.All(cells.Where(cell => cell.Variant == "a"), cell => Assert.Equal(4, cell.Samples));
    }

    [Fact]
    public async Task E1_two_real_models_are_measured_written_and_read_for_the_registration()
    {
        using var folder = new ModelFolder("digits-m", "fashion-s");
        var settings = new InterferenceSettings { Size = 1, Samples = 3, SampleTime = TimeSpan.FromMilliseconds(1), Budget = TimeSpan.FromMilliseconds(50) };
        var shares = new List<double>();
        var record = new InterferenceProfiler(settings, TimeProvider.System)
            .Measure(folder.Path, "fashion-s", "digits-m", new ProcessorSettings(), shares.Add, default);
        Assert.Equal(("digits-m", "fashion-s"), (record.A, record.B));
        Assert.Equal(1, shares[^1]);
        Assert.Equal(MachineDescription.Current, record.Machine);
        Assert.All(record.Cells, cell => Assert.All(cell.SamplesMicros, sample => Assert.True(sample > 0)));

        var file = InterferenceFolder.Write(folder.Path, record);
        Assert.Equal(Path.Combine(folder.Path, "interference", "digits-m+fashion-s.json"), file);
        Assert.Equivalent(record, InterferenceFolder.Read(file));

        await using var catalogue = await ModelCatalogue.OpenAsync(
            new ModelCatalogueSettings { Folder = folder.Path, Profiler = Sample.Brief }, TimeProvider.System, default);
        var (matrices, problems) = InterferenceFolder.Load(folder.Path, catalogue.Snapshot, new ProcessorSettings());
        Assert.Empty(problems);
        Assert.Equal(["digits-m", "fashion-s"], matrices.Select(matrix => matrix.Variant));
        Assert.All(matrices, matrix => Assert.Equal((1, 4, 1f), (matrix.Size, matrix.Factors.Count, matrix.Factors[0])));
    }

    [Fact]
    public async Task Records_of_other_machines_settings_and_models_are_left_out_with_the_reason()
    {
        using var folder = new ModelFolder("digits-xs", "digits-s");
        await using var catalogue = await ModelCatalogue.OpenAsync(
            new ModelCatalogueSettings { Folder = folder.Path, Profiler = Sample.Brief }, TimeProvider.System, default);
        var time = new FakeTimeProvider();
        using var executor = new LawExecutor(time, 0, 0);
        var cells = new InterferenceProfiler(new InterferenceSettings { Size = 1 }, time).Measure(executor, "digits-s", "digits-xs", null, default);
        var good = Record(cells, 1) with
        {
            A = "digits-s",
            B = "digits-xs",
            DigestA = Digest("digits-s"),
            DigestB = Digest("digits-xs"),
        };
        AssertLeftOut(good, null);
        AssertLeftOut(good with { DigestB = Digest("digits-s") }, "digits-xs has been replaced");
        AssertLeftOut(good with { Threads = 2 }, "2 threads of cpu");
        AssertLeftOut(good with { Machine = good.Machine with { Cores = 77 } }, "77 cores");
        AssertLeftOut(good with { Cells = [.. good.Cells.Skip(1)] }, "$.cells has 7 entries");
        AssertLeftOut(good with { Cells = [good.Cells[0] with { Factor = 1.1 }, .. good.Cells.Skip(1)] }, "$.cells[0].factor");
        AssertLeftOut(good with { Format = 2 }, "$.format is 2");

        void AssertLeftOut(InterferenceRecord record, string? reason)
        {
            InterferenceFolder.Write(folder.Path, record);
            var (matrices, problems) = InterferenceFolder.Load(folder.Path, catalogue.Snapshot, new ProcessorSettings());
            Assert.Equal(reason is null ? 2 : 0, matrices.Count);
            if (reason is not null)
                Assert.Contains(reason, Assert.Single(problems).Message, StringComparison.Ordinal);
        }

        string Digest(string name) => Convert.ToHexStringLower(catalogue.Snapshot.Models[name].Digest.Span);
    }

    [Fact]
    public void A_file_that_is_no_record_is_reported_with_its_name()
    {
        using var folder = new ModelFolder();
        File.WriteAllText(folder.File("x.json"), "{}");
        Assert.Contains("x.json", Assert.Throws<ModelException>(() => InterferenceFolder.Read(folder.File("x.json"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_are_checked()
    {
        Assert.Empty(new InterferenceSettings().Validate());
        Assert.Equal(5, new InterferenceSettings { Size = 9, Rounds = 0, Samples = -1, WarmUp = -1, Budget = TimeSpan.Zero }.Validate().Count);
    }

    private static InterferenceRecord Record(IReadOnlyList<InterferenceCell> cells, int size) => new()
    {
        Format = InterferenceRecord.CurrentFormat,
        A = "a",
        B = "b",
        DigestA = "",
        DigestB = "",
        Size = size,
        Machine = MachineDescription.Current,
        Provider = "cpu",
        Threads = 1,
        LoadBefore = null,
        Began = DateTimeOffset.UnixEpoch,
        Ended = DateTimeOffset.UnixEpoch,
        Rounds = 1,
        Seed = 1,
        Cells = cells,
    };

    /// <summary>Takes 20 ms (a) and 40 µs (b) times the law, some noise, and a drift that doubles back: a machine that warms up and cools down.</summary>
    private sealed class LawExecutor(FakeTimeProvider time, double noise, double drift) : IInterferenceExecutor
    {
        private readonly Random _random = new(7);
        private (int A, int B) _company;

        public void SetCoRunners(int a, int b) => _company = (a, b);

        public void Run(bool second)
        {
            var warmth = 1 + drift * Math.Sin((time.GetUtcNow() - time.Start).TotalSeconds / 5);
            var micros = (second ? 40 : 20_000) * Law[second ? 1 : 0](_company.A, _company.B) * warmth * (1 + noise * (2 * _random.NextDouble() - 1));
            time.Advance(TimeSpan.FromTicks((long)(micros * TimeSpan.TicksPerMicrosecond)));
        }

        public void Dispose()
        {
        }
    }
}
