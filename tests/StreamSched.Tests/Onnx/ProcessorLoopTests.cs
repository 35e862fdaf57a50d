using System.Collections.Concurrent;
using System.Diagnostics;
using StreamSched.Core.Serving;
using StreamSched.Onnx.Catalogue;
using StreamSched.Onnx.Energy;
using StreamSched.Onnx.Execution;
using StreamSched.Onnx.Inference;
using StreamSched.Onnx.Models;
using StreamSched.Onnx.Processors;

namespace StreamSched.Tests.Onnx;

public class ProcessorLoopTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Runs_a_batch_and_tells_all_about_it()
    {
        await using var world = await World.OpenAsync(new ProcessorSettings { Power = new PowerSettings(1, 5) });
        var (images, labels) = Sample.Frames("digits-599");
        var items = images[..4].Select((image, i) => new BatchItem(Sample.Grey(image, 8, 8), i)).ToArray();
        items[2] = items[2] with { Payload = Sample.Grey(new byte[63]) };
        Assert.True(world.Loop.TryStart(new InferenceBatch("digits-m", items)));
        var answers = await world.AnswersAsync(4);

        Assert.Equal([0, 1, 2, 3], answers.Select(answer => answer.State));
        Assert.Equal(["none", "none", "shape", "none"], answers.Select(answer => answer.Fault.Reason() ?? "none"));
        var right = answers.Where(answer => answer.Fault == InferenceFault.None).Count(answer => answer.Label == labels[(int)answer.State!]);
        Assert.True(right >= 2, "digits-m is right in 97.8 % of all cases");
        Assert.All(answers.Where(answer => answer.Fault == InferenceFault.None), answer =>
        {
            Assert.Equal(answer.Label.ToString(System.Globalization.CultureInfo.InvariantCulture), answer.LabelName);
            Assert.Equal(10, answer.Values);
        });
        Assert.All(answers, answer =>
        {
            Assert.Equal(3, answer.Ran);
            Assert.Empty(answer.CoRunners);
            Assert.Equal(EnergySource.Modelled, answer.Energy.Source);
            Assert.Equal(5 * answer.Service.TotalSeconds / 3, answer.Energy.Joules!.Value, 1e-12);
        });
    }

    [Fact]
    public async Task Takes_no_more_batches_than_it_has_slots_and_says_when_one_is_free()
    {
        using var hold = new SemaphoreSlim(0);
        await using var world = await World.OpenAsync(new ProcessorSettings { Slots = 2 }, _ => hold.Wait(Patience));
        using var freed = new SemaphoreSlim(0);
        world.Loop.SlotFreed += () => freed.Release();
        Assert.Equal(2, world.Loop.FreeSlots);
        Assert.True(world.Start("digits-xs", 1));
        Assert.True(world.Start("digits-m", 1));
        Assert.False(world.Start("digits-xs", 1));
        Assert.Equal(0, world.Loop.FreeSlots);
        hold.Release(2);
        Assert.True(await freed.WaitAsync(Patience));
        Assert.True(world.Start("digits-xs", 1));
        hold.Release();
        await world.AnswersAsync(3);
    }

    [Fact]
    public async Task Says_what_ran_beside_a_batch()
    {
        using var first = new SemaphoreSlim(0);
        using var hold = new SemaphoreSlim(0);
        await using var world = await World.OpenAsync(new ProcessorSettings { Slots = 2 }, variant =>
        {
            if (variant == "digits-xs")
            {
                first.Release();
                hold.Wait(Patience);
            }
        });
        world.Start("digits-xs", 3);
        await first.WaitAsync(Patience);
        Assert.Equal(3, world.Running.Requests["digits-xs"]);
        world.Start("digits-m", 2);
        var beside = await world.AnswersAsync(2);
        hold.Release();
        Assert.All(beside, answer => Assert.Equal(("digits-xs", 1), (Assert.Single(answer.CoRunners).Key, answer.CoRunners["digits-xs"])));
        Assert.All(await world.AnswersAsync(3), answer => Assert.Empty(answer.CoRunners));
    }

    [Fact]
    public async Task A_model_that_is_gone_fails_its_requests_and_the_loop_goes_on()
    {
        await using var world = await World.OpenAsync(new ProcessorSettings());
        using var freed = new SemaphoreSlim(0);
        world.Loop.SlotFreed += () => freed.Release();
        world.Start("digits-xl", 20);
        Assert.All(await world.AnswersAsync(20), answer => Assert.Equal("model", answer.Fault.Reason()));
        Assert.True(await freed.WaitAsync(Patience));
        world.Start("digits-xs", 1);
        Assert.Equal(InferenceFault.None, Assert.Single(await world.AnswersAsync(1)).Fault);
    }

    [Fact]
    public async Task A_batch_larger_than_the_model_takes_comes_back_in_parts()
    {
        await using var world = await World.OpenAsync(new ProcessorSettings());
        world.Start("digits-xs", 40);
        Assert.Equal([(16, 32), (8, 8)], (await world.AnswersAsync(40)).GroupBy(answer => answer.Ran).Select(part => (part.Key, part.Count())));
    }

    [Theory]
    [InlineData(20, 1, 20)]
    [InlineData(20, 10, 150)]
    [InlineData(100, 10, 150)]
    [InlineData(400, 10, 400)]
    public async Task An_emulated_device_takes_its_factor_longer_than_measured_and_no_hiccup_is_multiplied(
        int runMicros, double slowdown, double expectedMicros)
    {
        // Every look at the clock takes so long here, and hence every run; the profile says 15 µs.
        var time = new TickingTime(TimeSpan.FromMicroseconds(runMicros));
        await using var world = await World.OpenAsync(new ProcessorSettings(), slowdown: slowdown, time: time);
        world.Start("digits-xs", 1);
        var answer = Assert.Single(await world.AnswersAsync(1));
        Assert.InRange(answer.Service.TotalMicroseconds, expectedMicros, expectedMicros + 3 * runMicros);
        Assert.Equal(slowdown, answer.Slowdown);
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(0.6)]
    public async Task An_emulated_device_with_noise_takes_times_of_that_spread_about_its_mean_and_the_same_with_the_same_seed(double sigma)
    {
        double[] first = await TimesAsync(new ServiceNoise(sigma, false), 1), again = await TimesAsync(new ServiceNoise(sigma, false), 1);
        Assert.All(first.Zip(again), pair => Assert.InRange(pair.First, pair.Second - 5, pair.Second + 5)); // µs: looks at the clock
        Assert.NotEqual(first[0], (await TimesAsync(new ServiceNoise(sigma, false), 2))[0], 3.0);
        double[] logarithms = [.. first.Select(x => Math.Log(x))];
        double mean = logarithms.Average(), deviation = Math.Sqrt(logarithms.Average(x => (x - mean) * (x - mean)));
        Assert.InRange(deviation, 0.85 * sigma, 1.15 * sigma);
        Assert.InRange(first.Average(), 150 * (1 - (0.2 * sigma)), 150 * (1 + (0.2 * sigma)) + 5);
    }

    [Fact]
    public void Another_pace_without_emulation_is_refused()
    {
        Assert.Throws<ArgumentException>("pace", () => new ProcessorLoop(
            new ProcessorSettings(), null!, new RunningBatches(), new EnergyMeter(new ProcessorSettings(), 1, TimeProvider.System, "/nowhere"), 1, null!,
            TimeProvider.System, () => 2));
    }

    // 400 batches of one, on a device that takes 150 µs; in µs.
    private static async Task<double[]> TimesAsync(ServiceNoise noise, ulong seed)
    {
        await using var world = await World.OpenAsync(
            new ProcessorSettings(), slowdown: 10, time: new TickingTime(TimeSpan.FromMicroseconds(1)), pace: new EmulatedNoise(noise, seed, "board").Next);
        List<double> times = [];
        for (var i = 0; i < 400; i++)
        {
            world.StartOnceFree("digits-xs", 1);
            times.Add((await world.AnswersAsync(1))[0].Service.TotalMicroseconds);
        }

        return [.. times];
    }

    [Fact]
    public async Task An_emulated_device_gets_slower_while_it_runs()
    {
        var pace = 1.0;
        await using var world = await World.OpenAsync(
            new ProcessorSettings(), slowdown: 10, time: new TickingTime(TimeSpan.FromMicroseconds(20)), pace: () => Volatile.Read(ref pace));
        foreach (var expectedMicros in (double[])[150, 600])
        {
            world.StartOnceFree("digits-xs", 1);
            var answer = Assert.Single(await world.AnswersAsync(1));
            Assert.InRange(answer.Service.TotalMicroseconds, expectedMicros, expectedMicros + 60);
            Volatile.Write(ref pace, 4);
        }
    }

    [Fact]
    public async Task A_callback_that_throws_ends_the_loop_with_its_exception()
    {
        await using var world = await World.OpenAsync(new ProcessorSettings(), _ => throw new InvalidOperationException("bug"));
        world.Start("digits-xs", 1);
        await Assert.ThrowsAsync<InvalidOperationException>(() => world.Loop.Completion.WaitAsync(Patience));
    }

    [Fact]
    public async Task B8_A_batch_that_does_not_end_fails_and_the_next_one_is_answered()
    {
        using var folder = new ModelFolder();
        folder.Write("odd", OnnxFile.EndlessAbove(1.5f, 4), OnnxFile.Manifest([4]));
        await using var world = await World.OpenAsync(
            new ProcessorSettings { RunLimit = TimeSpan.FromMilliseconds(200) }, folder: folder.Path, variants: "odd");
        using var freed = new SemaphoreSlim(0);
        world.Loop.SlotFreed += () => freed.Release();
        Assert.True(
            world.Loop.TryStart(new InferenceBatch("odd", new BatchItem[] { new(Sample.Tensor([1, 1, 1, 1]), 0), new(Sample.Tensor([2, 1, 1, 1]), 1) })));
        var failed = await world.AnswersAsync(2);
        Assert.All(failed, answer => Assert.Equal("model", answer.Fault.Reason()));
        Assert.True(await freed.WaitAsync(Patience));
        Assert.True(world.Loop.TryStart(new InferenceBatch("odd", new BatchItem[] { new(Sample.Tensor([1, 1, 1, 1]), 2) })));
        Assert.Null(Assert.Single(await world.AnswersAsync(1)).Fault.Reason());
        Assert.Equal(TimeSpan.Zero, world.Loop.Overdue);
    }

    [Fact]
    public async Task B8_The_end_does_not_wait_for_a_batch_that_does_not_end()
    {
        using var folder = new ModelFolder();
        folder.Write("odd", OnnxFile.EndlessAbove(1.5f, 4), OnnxFile.Manifest([4]));
        var world = await World.OpenAsync(new ProcessorSettings { RunLimit = TimeSpan.FromHours(1) }, folder: folder.Path, variants: "odd");
        Assert.True(world.Loop.TryStart(new InferenceBatch("odd", new BatchItem[] { new(Sample.Tensor([2, 1, 1, 1]), 0) })));
        await world.DisposeAsync().AsTask().WaitAsync(Patience);
        Assert.Equal("model", Assert.Single(await world.AnswersAsync(1)).Fault.Reason());
    }

    [Fact]
    public async Task What_was_taken_is_answered_before_the_loop_ends()
    {
        var world = await World.OpenAsync(new ProcessorSettings { Slots = 4 }, slowdown: 1e6);
        for (var i = 0; i < 4; i++)
            Assert.True(world.Start("digits-m", 16));
        await world.DisposeAsync();
        Assert.Equal(64, (await world.AnswersAsync(64)).Length);
        Assert.False(world.Start("digits-xs", 1));
    }

    private sealed record Answer(
        object? State, InferenceFault Fault, int Label, string? LabelName, int Values, int Ran, TimeSpan Service, IReadOnlyDictionary<string, int> CoRunners,
        EnergyReading Energy, double Slowdown);

    private sealed class World : IAsyncDisposable
    {
        private readonly ModelCatalogue _catalogue;
        private readonly BlockingCollection<Answer> _answers = [];

        private World(ModelCatalogue catalogue, ProcessorSettings processor, Action<string>? finishing, double slowdown, TimeProvider time, Func<double>? pace)
        {
            _catalogue = catalogue;
            Loop = new ProcessorLoop(processor, catalogue, Running, new EnergyMeter(processor, slowdown, time, "/nowhere"), slowdown, Finished, time, pace);

            void Finished(in BatchResult result)
            {
                finishing?.Invoke(result.Variant);
                for (var i = 0; i < result.Items.Length; i++)
                {
                    var outcome = result.Outcomes[i];
                    _answers.Add(new Answer(result.Items[i].State, outcome.Fault, outcome.Label, result.LabelName(i),
                        outcome.Fault == InferenceFault.None ? result.Values(i).Length : 0, result.Ran, result.Service, result.CoRunners, result.Energy,
                        result.Slowdown));
                }
            }
        }

        public RunningBatches Running { get; } = new();

        public ProcessorLoop Loop { get; }

        public static async Task<World> OpenAsync(
            ProcessorSettings processor, Action<string>? finishing = null, double slowdown = 1, TimeProvider? time = null, string? folder = null,
            Func<double>? pace = null, params string[] variants)
        {
            time ??= TimeProvider.System;
            var settings = new ModelCatalogueSettings
            {
                Folder = folder ?? Sample.Models,
                Variants = folder is null ? ["digits-xs", "digits-m"] : variants,
                Processor = processor,
                Slowdown = slowdown,
            };
            return new World(await ModelCatalogue.OpenAsync(settings, TimeProvider.System, (name, cancellation) =>
            {
                var model = ModelLoader.Load(folder ?? Sample.Models, name, processor, cancellation);
                model.Measured(new ServiceProfile(processor.Id, slowdown, [new BatchTime(1, 5, 15, 15, 0, []), new BatchTime(16, 5, 100, 100, 0, [])]));
                return model;
            }, default), processor, finishing, slowdown, time, pace);
        }

        public bool Start(string variant, int items) =>
            Loop.TryStart(new InferenceBatch(variant, Enumerable.Range(0, items).Select(i => new BatchItem(Sample.Grey(new byte[64]), i)).ToArray()));

        // An answer comes before its slot is free.
        public void StartOnceFree(string variant, int items)
        {
            for (var began = Stopwatch.GetTimestamp(); !Start(variant, items); Thread.Yield())
                Assert.True(Stopwatch.GetElapsedTime(began) < Patience, "no slot became free");
        }

        public Task<Answer[]> AnswersAsync(int count) => Task.Run(() => Enumerable.Range(0, count).Select(_ =>
            _answers.TryTake(out var answer, Patience) ? answer : throw new TimeoutException("no answer")).ToArray());

        public async ValueTask DisposeAsync()
        {
            await Loop.DisposeAsync();
            await _catalogue.DisposeAsync();
        }
    }

    /// <summary>A clock on which every look takes a fixed time.</summary>
    private sealed class TickingTime(TimeSpan step) : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Add(ref _ticks, step.Ticks);
    }
}
