using System.CommandLine;
using System.Globalization;
using StreamSched.Analysis.Replays;
using StreamSched.Analysis.Twins;
using StreamSched.Analysis.Worlds;
using StreamSched.Avro.Records;
using StreamSched.Core.Scheduling;
using StreamSched.Documents;
using StreamSched.Hosting;
using StreamSched.Logs;
using StreamSched.Simulation.ScenarioFiles;
using StreamSched.Simulation.Scenarios;

namespace StreamSched.Commands;

/// <summary><c>streamsched twin</c>: a scenario out of a range of the log.</summary>
internal static class TwinCommand
{
    private const string ScenarioName = "twin.json", ArrivalsName = "arrivals.csv", CardName = "twin.md", PolicyName = "policy";

    /// <summary>The command.</summary>
    public static Command Create()
    {
        LogOptions options = new(ofTopics: true);
        Option<string> folder = new("--out", "-o") { Description = "The folder for the files: a new or an empty one.", Required = true };
        Option<int> seeds = new Option<int>("--seeds")
        {
            Description = "Runs of the twin under the recorded policy, beside what happened.", DefaultValueFactory = _ => 5,
        }.Within(2, 1000);
        Option<string> warmUp = new Option<string>("--warm-up")
        {
            Description = "What does not count at the beginning, such as 2s.", DefaultValueFactory = _ => "2s",
        }.Checked((text, _) => Duration.Parse(text, "--warm-up"));
        Command command = CommandContext.WithJson(options.AddTo(new Command(
            "twin",
            "Makes a scenario out of what the topics show: sites, links, workers as they really were, arrivals as they came, labels. Runs the recorded policy "
            + "in it beside what happened, and ends with 1 where the two differ too much.")
        {
            folder, seeds, warmUp,
        }));
        return CommandContext.Handle(command, context =>
        {
            string to = context.Value(folder)!;
            OutputFolder.Check(to, "--out");
            if (Directory.Exists(to) && Directory.EnumerateFileSystemEntries(to).Any())
                throw new UsageException($"--out: '{to}' is not empty, and nothing is overwritten; name another one");
            LogRange range = options.Range(context);
            double skipped = Duration.Parse(context.Value(warmUp)!, "--warm-up").TotalSeconds;
            ObservedTopics topics = new(context, range);
            ObservedLog log = topics.Read();
            IReadOnlyCollection<PolicySnapshot> published = PolicyShelves.Published(context, options.Open(context));
            Twin twin;
            try
            {
                twin = Twin.Of(log);
            }
            catch (InvalidDataException nothing)
            {
                throw new UsageException($"--from, --to: {nothing.Message}");
            }

            if (skipped * 2 >= twin.Duration)
                throw new UsageException(string.Create(
                    CultureInfo.InvariantCulture, $"--warm-up: {skipped:0.#} s of {twin.Duration:0.#} s leave too little; take a longer part, or give less"));
            TwinReport report = Write(context, to, twin, log, options, published, skipped, context.Value(seeds), topics);
            context.WriteReport(report, () => TwinTables.Write(report, context.Out));
            return Task.FromResult(report.Figures.Count > 0 && report.Off.Count == 0 ? ExitCodes.Ok : ExitCodes.Failure);
        });
    }

    private static TwinReport Write(
        CommandContext context, string folder, Twin twin, ObservedLog log, LogOptions options, IReadOnlyCollection<PolicySnapshot> published, double warmUp,
        int seeds, ObservedTopics topics)
    {
        PolicyShelf shelf = options.Shelf(context, published);
        TwinScenario scenario = new(twin);
        string path = Path.Combine(folder, ScenarioName);
        (string name, byte[]? digest, long decisions) = log.Policies.Count > 0 ? log.Policies[0] : ("unknown", null, 0);
        RecordedPolicy? policy = digest is null ? null : shelf.Find(digest);
        if (policy is { IsMade: false }) policy = null;
        string description = string.Create(CultureInfo.InvariantCulture, $"{twin.Requests.Count} requests as a log shows them, decided by {name}.");
        Save(path, to => to.WriteLine(scenario.ToJson(description, warmUp, ArrivalsName)));
        Save(Path.Combine(folder, ArrivalsName), scenario.WriteArrivals);
        Scenario world = ScenarioFile.Load(path);
        float exploration = log.Exploration ?? new SchedulerSettings().Exploration;
        TwinComparison? comparison = null;
        if (policy is not null)
        {
            using ProgressLine progress = context.Progress();
            List<TwinFigures> runs = [];
            foreach (var run in Resimulation.Runs(world, policy, exploration, seeds, context.Stop))
            {
                runs.Add(TwinFigures.Of(run));
                progress.Say($"the twin: {runs.Count} of {seeds} runs");
            }

            comparison = new TwinComparison(TwinFigures.Of(twin, scenario, warmUp), runs);
        }

        TwinReport report = new()
        {
            Scenario = path, Policy = name, PolicyFile = policy is null ? null : FileOf(folder, digest!, published) ?? options.FileOf(context, digest!) ?? name,
            PolicyShare = decisions / (double)Math.Max(1, log.Policies.Sum(p => p.Count)), Exploration = exploration, Requests = twin.Requests.Count,
            Schedulers = twin.Shares, Unanswered = log.Unanswered, Seconds = twin.Duration, WarmUp = warmUp, Seeds = seeds,
            Workers = TwinReport.WorkersOf(twin), Ways = TwinReport.WaysOf(twin), Assumed = twin.Assumed,
            Accuracies = TwinReport.RightsOf(twin),
            Figures = comparison?.Figures ?? [], Off = comparison?.Off ?? [], Unreadable = topics.Unreadable, FirstFault = topics.FirstFault,
        };
        Save(Path.Combine(folder, CardName), to => TwinTables.Write(report, to));
        return report;
    }

    // A published version is a file of the twin, so that simulate can be given it.
    private static string? FileOf(string folder, byte[] digest, IReadOnlyCollection<PolicySnapshot> published)
    {
        PolicySnapshot? version = published.FirstOrDefault(v => v.Digest is { } all && all.AsSpan().StartsWith(digest));
        if (version?.Model is not { Length: > 0 } model) return null;
        string path = Path.Combine(folder, PolicyName + (model[0] == '{' ? ".json" : ".onnx"));
        File.WriteAllBytes(path, model);
        return path;
    }

    private static void Save(string path, Action<TextWriter> write)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using StreamWriter to = new(UserFile.OpenToWrite(path, FileMode.CreateNew));
        write(to);
    }
}
