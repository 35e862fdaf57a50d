using System.Globalization;
using StreamSched.Core.OnlineLearning;
using StreamSched.Core.Registry;
using StreamSched.Simulation.ScenarioFiles;
using StreamSched.Simulation.Training;

namespace StreamSched.Tests.Simulation.Training;

public sealed class TrainingRunnerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("streamsched-train").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static TrainingPlan Plan(ulong seed = 3) => new()
    {
        Scenarios = [ScenarioFile.Load(Checkout.Path("scenarios", "small.json"))], Seed = seed, RequestsPerWorld = 200, Threads = 1,
    };

    private TrainingSettings Settings(string name, long steps, bool resume = false) =>
        new() { Out = Path.Combine(_folder, name), MaxSteps = steps, Resume = resume, Duration = TimeSpan.FromHours(1) };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_training_that_was_interrupted_gives_the_same_policy(string kind)
    {
        IPolicyTrainer trainer = PolicyTrainers.Find(kind)!;
        TrainingRunner.Run(trainer, Plan(), Settings("whole", 3), TimeProvider.System);

        // Stopped in the middle of the third step, of which nothing may stay.
        using CancellationTokenSource stop = new();
        After second = new(progress =>
        {
            if (progress.Steps == 2) stop.Cancel();
        });
        TrainingProgress end = TrainingRunner.Run(trainer, Plan(), Settings("parts", 100), TimeProvider.System, second, stop.Token);
        Assert.Equal(2, end.Steps);
        Assert.Equal(2, LoadedPolicy.Load(Path.Combine(_folder, "parts")).Metadata.Figures["steps"]);
        TrainingRunner.Run(trainer, Plan(), Settings("parts", 3, resume: true), TimeProvider.System);
        Assert.Equal(File.ReadAllBytes(Path.Combine(_folder, "whole")), File.ReadAllBytes(Path.Combine(_folder, "parts")));
        Assert.Equal(File.ReadAllLines(Path.Combine(_folder, "whole.csv")), File.ReadAllLines(Path.Combine(_folder, "parts.csv")));
    }

    public static TheoryData<string> Kinds => new(PolicyTrainers.All.Select(t => t.Kind));

    // The ablations (ecsrl-no-matrix, tan-no-memory) train another file of the policy that they are ablations of.
    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_file_says_what_it_was_trained_with_and_counts_its_version_up(string kind)
    {
        IPolicyTrainer trainer = PolicyTrainers.Find(kind)!;
        for (int version = 1; version <= 2; version++)
        {
            TrainingRunner.Run(
                trainer, Plan(), Settings("file", 1) with { Notes = new Dictionary<string, string> { ["command"] = "as typed" } }, TimeProvider.System);
            LoadedPolicy file = LoadedPolicy.Load(Path.Combine(_folder, "file"));
            Assert.Equal((kind.Split("-no-")[0], version, "as typed"), (file.Metadata.Name, file.Metadata.Version, file.Metadata.Notes["command"]));
            Assert.Equal(["small"], file.Metadata.Scenarios);
            Assert.Equal([3UL], file.Metadata.Seeds);
            Assert.NotNull(file.Prepare().Policy);
        }
    }

    [Fact]
    public void Another_training_is_not_resumed()
    {
        IPolicyTrainer trainer = PolicyTrainers.Find("price")!;
        Assert.Throws<FileNotFoundException>(() => TrainingRunner.Run(trainer, Plan(), Settings("none", 1, resume: true), TimeProvider.System));
        TrainingRunner.Run(trainer, Plan(), Settings("price", 1), TimeProvider.System);
        string message = Assert.Throws<CheckpointException>(() =>
            TrainingRunner.Run(trainer, Plan(seed: 4), Settings("price", 2, resume: true), TimeProvider.System)).Message;
        Assert.Contains("seed 3", message, StringComparison.Ordinal);
        Assert.Contains("seed 4", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Members_of_a_generation_are_evaluated_in_the_same_worlds_so_equal_constants_have_equal_values()
    {
        IPolicyTraining training = PolicyTrainers.Find("price")!.Start(Plan());
        IReadOnlyList<(string Name, double Value)> point = training.Advance(CancellationToken.None);
        double search = point.First(p => p.Name == "search").Value, defaults = point.First(p => p.Name == "defaults").Value,
            members = point.First(p => p.Name == "members").Value;
        Assert.InRange(search, 0.05, 1);
        Assert.True(Math.Abs(search - defaults) < 0.02 && Math.Abs(members - defaults) < 0.05, string.Create(
            CultureInfo.InvariantCulture, $"{search}, {defaults}, {members}"));
    }

    [Fact]
    public void The_network_goes_on_with_ppo_once_its_probability_is_learned_and_keeps_its_best_state()
    {
        IPolicyTrainer trainer = PolicyTrainers.Find("neural")!;
        TrainingPlan plan = Plan() with { RequestsPerWorld = 40 };
        TrainingProgress end = TrainingRunner.Run(trainer, plan, Settings("whole", 46), TimeProvider.System);
        Assert.True(end.Point.First(p => p.Name == "improved").Value >= 0);
        TrainingRunner.Run(trainer, plan, Settings("parts", 35), TimeProvider.System); // while the mean of its last networks is taken
        TrainingRunner.Run(trainer, plan, Settings("parts", 42, resume: true), TimeProvider.System);
        TrainingRunner.Run(trainer, plan, Settings("parts", 46, resume: true), TimeProvider.System);
        Assert.Equal(File.ReadAllBytes(Path.Combine(_folder, "whole")), File.ReadAllBytes(Path.Combine(_folder, "parts")));
        Assert.Contains("trainingImproved", LoadedPolicy.Load(Path.Combine(_folder, "whole")).Metadata.Figures.Keys);
    }

    private sealed class After(Action<TrainingProgress> told) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => told(value);
    }
}
