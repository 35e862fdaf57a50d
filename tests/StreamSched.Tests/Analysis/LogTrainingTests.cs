using StreamSched.Analysis.Replays;
using StreamSched.Analysis.Training;
using StreamSched.Analysis.Worlds;
using StreamSched.Avro.Records;
using StreamSched.Core.Networks;
using StreamSched.Core.Policies;
using StreamSched.Core.Policies.Learned;
using StreamSched.Core.PolicyFiles;
using StreamSched.Core.Prediction;
using StreamSched.Core.Registry;
using StreamSched.Core.Scheduling;
using StreamSched.Hosting;
using StreamSched.Reports;
using StreamSched.Simulation.Experiments;
using StreamSched.Simulation.Scenarios;
using StreamSched.Tests.Commands;

namespace StreamSched.Tests.Analysis;

/// <summary>X3: policies that are trained from a log, and kept to what it supports.</summary>
public sealed class LogTrainingTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("streamsched-training-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(PolicyNames.Neural, PolicyNames.Price)]
    [InlineData(PolicyNames.LinUcb, PolicyNames.Price)]
    [InlineData(PolicyNames.LinUcb, PolicyNames.Neural)]
    [InlineData(PolicyNames.NeuralUcb, PolicyNames.LeastLoaded)]
    public void X3_where_the_log_has_too_little_the_policy_that_logged_decides(string kind, string by)
    {
        List<Experience> log = TestLog.Of(by, 25, 11, 0.2f);
        LogTrained trained = Train(kind, by, log);
        PolicySupport support = trained.File.Support!;
        Assert.InRange(support.Supported, 1, support.Grid.Cells - 1);
        ISchedulingPolicy learned = PolicyShelf.AsItIs(LogTrainer.With(trained.File, PolicySupport.Without(trained.File.Metadata))).With(new PriceParameters());
        ISchedulingPolicy kept = trained.File.Prepare().Policy, logger = trained.Logger.Prepare(new PriceParameters()).Policy;
        RecordedChoice choice = new();
        double[] one = new double[64], other = new double[64];
        int supported = 0, elsewhere = 0;
        WorldLog.Read(TestLog.Of(by, 10, 12, 0.2f), (in ExperienceView view) =>
        {
            FullDecisionView.TryDecode(view.Full, out FullDecisionView full, out _);
            Assert.Null(choice.Restore(full));
            if (choice.Replay.Feasible == 0) return;
            choice.Replay.Probabilities(learned, one.AsSpan(0, choice.Candidates));
            int cell = support.Grid.CellOf(choice.Replay.Candidates, choice.Replay.View, choice.Replay.Best);
            bool isSupported = cell != SupportGrid.Outside && Holds(trained.File, cell);
            ReplayedChoice taken = choice.Replay.Take(kept);
            if ((supported + elsewhere) % 100 == 50) Assert.Equal(0, Allocations.Of(() => choice.Replay.Take(kept)));
            double still = choice.Replay.Probabilities(kept, one.AsSpan(0, choice.Candidates));
            double expected = choice.Replay.Probabilities(isSupported ? learned : logger, other.AsSpan(0, choice.Candidates));
            Assert.Equal(expected, still, 1e-9);
            Assert.Equal(other.AsSpan(0, choice.Candidates), one.AsSpan(0, choice.Candidates));
            Assert.Equal(choice.Replay.Take(isSupported ? learned : logger).Candidate, taken.Candidate);
            if (isSupported) supported++;
            else elsewhere++;
        });

        Assert.True(supported > 20 && elsewhere > 20, $"{supported} and {elsewhere}");
        Assert.Equal(kind, kept.Name);
    }

    [Fact]
    public void X3_a_cell_needs_thirty_effective_samples()
    {
        List<Experience> log = TestLog.Of(PolicyNames.Price, 25, 11, 0.2f);
        LogTrained trained = Train(PolicyNames.LinUcb, PolicyNames.Price, log);
        SupportStudy again = new(
            PolicyShelf.AsItIs(LogTrainer.With(trained.File, PolicySupport.Without(trained.File.Metadata))), trained.File.Support!.Grid);
        WorldLog.Read(log.Where(r => r.At <= trained.Last), again.Take);
        for (int cell = 0; cell < trained.File.Support.Grid.Cells; cell++) Assert.Equal(again.Effective(cell) >= 30, Holds(trained.File, cell));
        Assert.InRange(trained.Kept, 0.01, 0.99);

        // No more than there are logged choices that are its own: those that it would not make do not speak for it, however many there are.
        ISchedulingPolicy learned = PolicyShelf.AsItIs(LogTrainer.With(trained.File, PolicySupport.Without(trained.File.Metadata))).With(new PriceParameters());
        RecordedChoice choice = new();
        double[] placed = new double[64];
        int[] own = new int[trained.File.Support.Grid.Cells], all = new int[own.Length];
        WorldLog.Read(log.Where(r => r.At <= trained.Last), (in ExperienceView view) =>
        {
            FullDecisionView.TryDecode(view.Full, out FullDecisionView full, out _);
            Assert.Null(choice.Restore(full));
            if (choice.Replay.Feasible == 0) return;
            choice.Replay.Probabilities(learned, placed.AsSpan(0, choice.Candidates));
            int best = choice.Replay.Best, cell = trained.File.Support!.Grid.CellOf(choice.Replay.Candidates, choice.Replay.View, best);
            if (cell == SupportGrid.Outside) return;
            all[cell]++;
            if (full.Chosen == best) own[cell]++;
        });
        for (int cell = 0; cell < own.Length; cell++) Assert.InRange(again.Effective(cell), 0, own[cell] + 1e-6);
        Assert.Contains(Enumerable.Range(0, own.Length), cell => all[cell] >= 30 && !Holds(trained.File, cell));
    }

    [Fact]
    public void X3_a_network_learns_what_answers_were_in_time_beyond_the_rule()
    {
        // Whatever the rule says, the logit is two lower.
        RandomStream random = RandomStream.For(1, "outcomes");
        List<LoggedOutcome> outcomes = [];
        for (int i = 0; i < 30_000; i++)
        {
            float[] features = [.. Enumerable.Range(0, FeatureEncoder.RatioFields).Select(_ => random.NextSingle())];
            double truth = OnTimeModel.OfLogit(OnTimeLogit(features) - 2);
            outcomes.Add(new LoggedOutcome
            {
                At = i * 10_000L, Utility = 0, Weight = 1, OnTime = random.NextDouble() < truth, IsPlaced = true, Policy = PolicyNames.Price, Scheduler = "s",
                Deadline = 0.1f, Latency = 0.05f, Energy = 0, Propensity = 1, Explored = false, Features = features, Seen = [],
            });
        }

        LoadedPolicy start = LogLearning.StartOf(PolicyNames.Neural, null, 1)!;
        LogLearningResult learned = LogLearning.Learn(PolicyNames.Neural, start, outcomes, null, 1)!;
        Assert.Equal(outcomes.Count, learned.Used);
        Network network = learned.File(start.Metadata).Network;
        Activations one = new(network.Shape, 1);
        double correction = outcomes.Take(1000).Average(o =>
        {
            one.SetSample(0, o.Features);
            return network.Forward(one)[0];
        });
        Assert.InRange(correction, -2.4, -1.6);

        static double OnTimeLogit(float[] features) => StreamSched.Learning.Online.OnTimeLearner.RuleLogit(features);
    }

    [Fact]
    public void X3_a_bandit_learns_from_whoever_logged_and_foretells_what_comes_later()
    {
        List<Experience> log = TestLog.Of(PolicyNames.Price, 25, 11, 0.2f);
        LogTrained trained = Train(PolicyNames.LinUcb, PolicyNames.Price, log);
        Assert.Equal(log.Count(r => r.At <= trained.Last && r.Full!.Chosen >= 0), trained.Used);
        var bandit = BanditPolicy.BanditOf(trained.File.File!, _ => PolicyCatalogue.NewLinUcb());
        TrainingLog later = new(PolicyNames.LinUcb, new PolicyShelf());
        WorldLog.Read(log.Where(r => r.At > trained.Last && r.Full!.Chosen >= 0), later.Take);
        LoggedOutcome[] outcomes = [.. later.InOrder()];
        double mean = outcomes.Average(o => o.Utility / o.Weight);
        double model = outcomes.Average(o => Square((o.Utility / o.Weight) - bandit.Predict(o.Seen)));
        double constant = outcomes.Average(o => Square((o.Utility / o.Weight) - mean));
        Assert.True(model < 0.9 * constant, $"{model} and {constant} over {outcomes.Length}");

        static double Square(double x) => x * x;
    }

    [Fact]
    public void X3_what_a_log_cannot_teach_is_refused_with_a_word_what_to_do()
    {
        List<Experience> log = TestLog.Of(PolicyNames.Price, 10, 11, 0.2f);
        Assert.Contains("--start FILE", Refusal(EcsrlPolicy.Kind, log, null), StringComparison.Ordinal);
        Assert.Contains("let it log", Refusal(EcsrlPolicy.Kind, log, PolicySource.Find(EcsrlPolicy.Kind, "--start").File), StringComparison.Ordinal);
        Assert.Contains("take a longer part", Refusal(PolicyNames.LinUcb, [log[0]], null), StringComparison.Ordinal);
        foreach (Experience record in log) record.Digest = [1, 2, 3, 4, 5, 6, 7, 8];
        Assert.Contains("--policies FILE", Refusal(PolicyNames.LinUcb, log, null), StringComparison.Ordinal);
        Assert.Contains(
            "--full-records", Refusal(PolicyNames.LinUcb, TestLog.Of(PolicyNames.Price, 10, 11, exploration: 0, fullShare: 0), null), StringComparison.Ordinal);
    }

    [Fact]
    public void X3_ecsrl_goes_on_from_its_own_log()
    {
        LoadedPolicy file = PolicySource.Find(EcsrlPolicy.Kind, "--policy").File!;
        LogTrained trained = Train(EcsrlPolicy.Kind, EcsrlPolicy.Kind, TestLog.Of(EcsrlPolicy.Kind, 25, 11, 0.2f));
        Assert.True(trained.Used > 2_000, $"{trained.Used}");
        Assert.NotEqual(file.File!.Network.Parameters.ToArray(), trained.File.File!.Network.Parameters.ToArray());
        Assert.Equal(file.Metadata.Version + 1, trained.File.Metadata.Version);
        Assert.True(file.Digest.Span.SequenceEqual(trained.File.Support!.File!.Digest.Span));
        Assert.NotNull(trained.Policy.Refusal); // it looks at more than records hold
    }

    [Fact]
    public async Task X3_the_command_writes_a_file_with_its_estimate_that_a_scheduler_serves()
    {
        List<Experience> log = TestLog.Of(PolicyNames.Price, 60, 11, 0.2f);
        string file = InFolder("log.avro"), to = InFolder("trained.onnx");
        TestLog.Write(file, log);
        (int code, string output, string error) = await Cli.RunAsync(
            "train", PolicyNames.Neural, "--from-log", file, "--out", to, "--json", "--bootstrap", "127.0.0.1:1", "--kafka", "security-protocol=SaslPlaintext",
            "--kafka", "sasl-mechanism=Plain", "--kafka", "sasl-username=me", "--kafka", "sasl-password=hunter2");
        LoadedPolicy trained = LoadedPolicy.Load(to);
        IReadOnlyDictionary<string, double> figures = trained.Metadata.Figures;
        Assert.True(figures["logEffective"] > 200, output + error);
        Assert.InRange(figures["logGross"], figures["logGrossLower"], figures["logGrossUpper"]);
        Assert.InRange(figures["logNet"], figures["logNetLower"], figures["logNetUpper"]);
        Assert.Equal(trained.Support!.Supported, figures["logSupported"]);
        Assert.Equal(Math.Floor(0.7 * log.Count), figures["logDecisions"]);
        Assert.Equal(file, trained.Metadata.Notes["log"]);
        Assert.Equal(code == 0, System.Text.Json.JsonDocument.Parse(output).RootElement.GetProperty("isTrusted").GetBoolean());
        SchedulerSettings serves = PolicySource.Find(to, "--policy").Into(new SchedulerSettings());
        Assert.IsType<SupportedPolicy>(serves.Prepare!().Policy, exactMatch: false);
        (code, output, error) = await Cli.RunAsync("policy", "show", to);
        Assert.True(code == 0 && output.Contains("elsewhere price", StringComparison.Ordinal), output + error);

        Assert.DoesNotContain("hunter2", trained.Metadata.Notes["command"], StringComparison.Ordinal);
        Assert.Contains("sasl-password=***", trained.Metadata.Notes["command"], StringComparison.Ordinal);

        // What was trained from a log can be replayed like any other network.
        (code, output, error) = await Cli.RunAsync("evaluate", file, "--policy", to, "--json");
        Assert.True(code is 0 or 1, output + error);
        (code, _, error) = await Cli.RunAsync("train", PolicyNames.Price, "--from-log", file, "--out", to);
        Assert.True(code == 2 && error.Contains("streamsched twin", StringComparison.Ordinal), error);
        (code, _, error) = await Cli.RunAsync("train", PolicyNames.LinUcb, "--out", to);
        Assert.True(code == 2 && error.Contains("--scenario", StringComparison.Ordinal), error);
        (code, _, error) = await Cli.RunAsync("train", PolicyNames.Neural, "--scenario", "small", file, "--out", to);
        Assert.True(code == 2 && error.Contains("--from-log only", StringComparison.Ordinal), error);
        (code, _, error) = await Cli.RunAsync("train", "tan-no-memory", "--from-log", file, "--out", to);
        Assert.True(code == 2 && error.Contains("from a log", StringComparison.Ordinal), error);
        (code, _, error) = await Cli.RunAsync("train", PolicyNames.LinUcb, "--from-log", file, "--start", to, "--out", InFolder("other.onnx"));
        Assert.True(code == 2 && error.Contains("is for 'neural'", StringComparison.Ordinal), error);
        (code, _, error) = await Cli.RunAsync("train", EcsrlPolicy.Kind, "--from-log", file, "--out", to);
        Assert.True(code == 2 && error.Contains("more than records hold", StringComparison.Ordinal), error);
        byte[] half = [.. (await File.ReadAllBytesAsync(file)).Take(100_000)], before = await File.ReadAllBytesAsync(to);
        await File.WriteAllBytesAsync(file, half);
        (code, _, error) = await Cli.RunAsync("train", PolicyNames.Neural, "--from-log", file, "--out", to);
        Assert.True(code != 0 && error.Contains("is damaged", StringComparison.Ordinal), error);
        Assert.Equal(before, await File.ReadAllBytesAsync(to)); // nothing is overwritten
    }

    [Fact]
    public async Task X3_constants_are_trained_in_a_twin_and_judged_by_the_log()
    {
        string file = InFolder("log.avro"), to = InFolder("trained.json");
        TestLog.Write(file, TestLog.Of(PolicyNames.Price, 60, 11, 0.2f));
        (int code, string output, string error) = await Cli.RunAsync(
            "train", PolicyNames.Price, "--from-log", file, "--scenario", "small", "--steps", "1", "--requests", "200", "--out", to);
        Assert.True(code is 0 or 1, output + error);
        LoadedPolicy trained = LoadedPolicy.Load(to);
        Assert.NotNull(trained.Constants);
        Assert.Equal(PolicyNames.Price, trained.Support!.Baseline);
        Assert.True(trained.Metadata.Figures["logEffective"] > 200);
        Assert.True(trained.Metadata.Figures.ContainsKey("logResimulated"));
    }

    [Theory]
    [InlineData("\"cells\":\"0", "\"cells\":\"2", "each 0 or 1")]
    [InlineData("\"cells\":\"0", "\"cells\":\"00", "each 0 or 1")]
    [InlineData("\"edges\":[[", "\"edges\":[[1],[", "features")]
    [InlineData("\"edges\":[[", "\"edges\":[[9e9,", "do not fall")]
    [InlineData("\"edges\":[[", "\"edges\":[[1e99,", "")]
    [InlineData("\"baseline\":\"price\"", "\"baseline\":\"neural\"", "without a file")]
    [InlineData("\"baseline\":\"price\"", "\"baseline\":null", "either")]
    [InlineData("\"baseline\":\"price\"", "\"baseline\":\"price\",\"file\":\"AAAA\"", "")]
    [InlineData("\"baseline\":\"price\"", "\"baseline\":null,\"file\":\"AAAA\"", "")]
    [InlineData("\"baseline\":\"price\"", "\"basis\":\"price\"", "")]
    public void Odd_support_is_refused(string sound, string odd, string word)
    {
        LoadedPolicy file = Supported("price", null);
        string note = file.Metadata.Notes[PolicySupport.Note];
        Assert.Contains(sound, note, StringComparison.Ordinal);
        Dictionary<string, string> notes = new() { [PolicySupport.Note] = note.Replace(sound, odd, StringComparison.Ordinal) };
        PolicyMetadata metadata = file.Metadata with { Notes = notes };
        PolicyFileException exception = Assert.Throws<PolicyFileException>(() => LogTrainer.With(file, metadata));
        Assert.Contains(word, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Support_rests_on_three_policies_at_most_and_learned_versions_drop_it()
    {
        LoadedPolicy one = Supported("price", null), two = Supported(null, one), three = Supported(null, two);
        Assert.False(two.Support!.IsDeepest);
        Assert.True(three.Support!.IsDeepest);
        Assert.Contains("rest on each other", Assert.Throws<PolicyFileException>(() => Supported(null, three)).Message, StringComparison.Ordinal);
        Assert.Equal("price", three.Support.File!.Support!.File!.Support!.Name);
        Assert.Null(LogTrainer.With(three, PolicySupport.Without(three.Metadata)).Support);
    }

    [Fact]
    public void Cells_hold_equal_parts_of_what_was_seen_and_nothing_beyond()
    {
        RandomStream random = RandomStream.For(3, "rows");
        float[] rows = [.. Enumerable.Range(0, 9_000 * SupportGrid.Features).Select(i => i % SupportGrid.Features == 4 ? 0.7f : random.NextSingle())];
        SupportGrid grid = SupportGrid.Over(rows, 3);
        Assert.Equal(82, grid.Cells); // 3⁴ of what varies, one value of the fifth, and refusals
        int[] counts = new int[grid.Cells];
        for (int i = 0; i < 9_000; i++) counts[grid.CellOf(rows.AsSpan(i * SupportGrid.Features, SupportGrid.Features))]++;
        Assert.All(counts.SkipLast(1), c => Assert.InRange(c, 60, 170));
        Assert.Equal(SupportGrid.Outside, grid.CellOf([0.5f, 0.5f, 0.5f, 0.5f, 0.8f]));
        Assert.Equal(SupportGrid.Outside, grid.CellOf([0.5f, 1.5f, 0.5f, 0.5f, 0.7f]));
        Assert.Equal(SupportGrid.Outside, grid.CellOf([float.NaN, 0.5f, 0.5f, 0.5f, 0.7f]));
    }

    [Fact]
    public void A_value_that_many_share_has_a_cell_of_its_own()
    {
        // Nine of ten choices are of the least variant, and eight of ten wait for nothing: what is seldom chosen gains nothing by what is chosen often.
        float[] accuracies = [0.7f, 0.7f, 0.7f, 0.7f, 0.7f, 0.7f, 0.7f, 0.7f, 0.7f, 0.88f, 0.7f, 0.7f, 0.7f, 0.7f, 0.7f, 0.7f, 0.7f, 0.7f, 0.93f, 0.7f];
        float[] rows = new float[2_000 * SupportGrid.Features];
        for (int i = 0; i < 2_000; i++)
        {
            rows[(i * SupportGrid.Features) + 1] = i % 10 < 8 ? 0 : i / 2_000f;
            rows[(i * SupportGrid.Features) + 4] = accuracies[i % accuracies.Length];
        }

        SupportGrid grid = SupportGrid.Over(rows, 3);
        Assert.Equal((3 * 3) + 1, grid.Cells);
        Assert.Equal([0.7f, 0.88f, 0.93f, 0.93f], grid.Edges[4]);
        Assert.Equal(0, grid.Edges[1][0]);
        Assert.InRange(grid.Edges[1][1], 0.0001f, 0.01f);
        Assert.InRange(grid.Edges[1][2], 0.49f, 0.51f);
        int[] cells = [.. accuracies.Distinct().SelectMany(a => new[] { 0, 0.25f, 0.75f }.Select(w => grid.CellOf([0, w, 0, 0, a])))];
        Assert.Equal(9, cells.Distinct().Count());
        Assert.DoesNotContain(SupportGrid.Outside, cells);
    }

    [Theory]
    [InlineData(PolicyNames.LinUcb)]
    [InlineData(PolicyNames.NeuralUcb)]
    public void Without_support_anywhere_a_world_is_as_under_the_policy_that_logged(string kind)
    {
        LoadedPolicy logger = PolicySource.Find(PolicyNames.Neural, "--policy").File!;
        LogLearningResult learned = LogLearning.Learn(kind, null, [], null, 1)!;
        PolicySupport nowhere = new(SupportGrid.Over([0, 0, 0, 0, 0, 1, 1, 1, 1, 1], 1), [false, false], null, logger);
        PolicyMetadata about = nowhere.Into(RuleConstantsText.Into(new PolicyMetadata { Name = kind }, logger.Constants!));
        LoadedPolicy kept = LoadedPolicy.Parse(learned.File(about).ToBytes());
        Scenario scenario = ShippedScenarios.Read("live-accuracy")[0] with { Duration = 60, WarmUp = 1, Labels = null };
        scenario = scenario with { Events = [.. scenario.Events.Select(e => e with { At = 20 })] };
        Interval more = new Resimulation(scenario, 2, 0.01f).Difference(
            PolicyShelf.AsItIs(kept), PolicyShelf.Of(logger), TestContext.Current.CancellationToken);
        Assert.Equal((0, 0), (more.Mean, more.Half));
    }

    private static LoadedPolicy Supported(string? name, LoadedPolicy? file)
    {
        PolicySupport support = new(SupportGrid.Over([0, 0, 0, 0, 0, 1, 1, 1, 1, 1], 1), [false, true], name, file);
        LoadedPolicy learned = LogLearning.StartOf(PolicyNames.Neural, null, 1)!;
        return LogTrainer.With(learned, support.Into(learned.Metadata));
    }

    private static bool Holds(LoadedPolicy file, int cell)
    {
        using System.Text.Json.JsonDocument note = System.Text.Json.JsonDocument.Parse(file.Metadata.Notes[PolicySupport.Note]);
        return note.RootElement.GetProperty("cells").GetString()![cell] == '1';
    }

    private static PolicyShelf Shelf()
    {
        PolicyShelf shelf = new();
        shelf.Add(PolicySource.Find(PolicyNames.Neural, "--policy").File!);
        shelf.Add(PolicySource.Find(EcsrlPolicy.Kind, "--policy").File!);
        return shelf;
    }

    private static LogTrained Train(string kind, string by, List<Experience> log)
    {
        Assert.Null(Trainer(kind, log, null).Train(out LogTrained? trained));
        Assert.Equal(by, trained!.Logger.Kind);
        return trained;
    }

    private static string Refusal(string kind, List<Experience> log, LoadedPolicy? start) =>
        Trainer(kind, log, start).Train(out _) ?? throw new InvalidOperationException("it was trained");

    private static LogTrainer Trainer(string kind, List<Experience> log, LoadedPolicy? start) => new(
        new LogTrainerSettings { Kind = kind, Start = start }, Shelf(),
        handler => WorldLog.Read(log, handler), TestContext.Current.CancellationToken);

    private string InFolder(string name) => Path.Combine(_folder.FullName, name);
}
