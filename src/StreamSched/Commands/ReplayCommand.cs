using System.CommandLine;
using StreamSched.Administration;
using StreamSched.Analysis.Replays;
using StreamSched.Avro;
using StreamSched.Avro.Records;
using StreamSched.Core.Scheduling;
using StreamSched.Hosting;
using StreamSched.Kafka.Topics;
using StreamSched.Logs;
using StreamSched.Rebuilds;
using StreamSched.Rollouts;

namespace StreamSched.Commands;

/// <summary><c>streamsched replay</c>: the decisions of a log, taken again by the policies that took them, or by another one.</summary>
internal static class ReplayCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        LogOptions options = new();
        Option<PolicySource> with = new Option<PolicySource>("--with")
        {
            Description = "Shows instead what this policy would have done otherwise, with the same draws: a policy file, or one of: "
                + PolicySource.Known + ".",
        }.ReadAs(PolicySource.Find);
        Option<int> show = new Option<int>("--show") { Description = "How many decisions to show one by one.", DefaultValueFactory = _ => 10 }.Within(0, 1000);
        Option<bool> rebuild = new("--rebuild")
        {
            Description = "Builds the schedulers' views anew from the topics instead of taking them from full records: all decisions, and policies that look "
                + "at more than records hold. Approximate.",
        };
        Option<SettingsFile> settings = new Option<SettingsFile>("--settings")
        {
            Description = "With --rebuild: the schedulers' settings (links, tasks, users, values); see docs/settings.md.",
        }.ReadAs((path, _) => SettingsFile.Read(path));
        Option<string> site = new Option<string>("--site") { Description = "With --rebuild: the schedulers' --site." }.OfNames();
        Option<string?> warmUp = new Option<string?>("--warm-up")
        {
            Description = "With --rebuild: for so long at the beginning views are built and nothing is compared. Default: 1m.",
        }.Checked((text, _) => Duration.Parse(text, "--warm-up"));
        Command command = CommandContext.WithJson(options.AddTo(new Command(
            "replay",
            "Takes the full decisions of a log again, each by the policy version that took it, and says whether they are the same bit for bit; ends with 1 if "
            + "one is not.")
        {
            with, show, rebuild, settings, site, warmUp,
        }));
        return CommandContext.Handle(command, context =>
        {
            if (context.Value(rebuild))
            {
                return Task.FromResult(Rebuild(
                    context, options, context.Value(with), context.Value(settings) ?? new SettingsFile(), context.Value(site),
                    Duration.Parse(context.Value(warmUp) ?? "1m", "--warm-up")));
            }

            if (context.Value(settings) is not null || context.Value(site) is not null || context.Value(warmUp) is not null)
                throw new UsageException("--settings, --site, --warm-up: full records have what these say; they go with --rebuild");

            RecordedLog log = options.Open(context);
            return Task.FromResult(context.Value(with) is { } other
                ? Compare(context, log, other, context.Value(show))
                : Replay(context, log, options.Shelf(context, PolicyShelves.Published(context, log)), context.Value(show)));
        });
    }

    private static int Replay(CommandContext context, RecordedLog log, PolicyShelf policies, int show)
    {
        LogReplay replay = new(policies, show);
        TimeSpan took = Read(context, log, replay.Take);
        ReplayReport report = ReplayReport.Of(log, replay, took);
        context.WriteReport(report, () => ReplayTables.Write(context, report));
        return report.IsSame ? ExitCodes.Ok : ExitCodes.Failure;
    }

    private static int Compare(CommandContext context, RecordedLog log, PolicySource other, int show)
    {
        RecordedPolicy policy = other.File is { } file ? PolicyShelf.Of(file) : new PolicyShelf().BuiltIn(other.Name)!;
        if (policy.Refusal is { } refusal) throw new UsageException($"--with: {other.Name}: {refusal}");
        LogComparison comparison = new(policy, show);
        TimeSpan took = Read(context, log, comparison.Take);
        ComparisonReport report = ComparisonReport.Of(log, comparison, other, took);
        context.WriteReport(report, () => ReplayTables.Write(context, report));
        return report.Compared > 0 ? ExitCodes.Ok : ExitCodes.Failure;
    }

    private static int Rebuild(CommandContext context, LogOptions options, PolicySource? other, SettingsFile file, string? site, TimeSpan warmUp)
    {
        LogRange range = options.AllTopics(context, "--rebuild");
        long began = context.Time.GetTimestamp();
        RebuiltTopics topics = new(context, range);
        (DateTimeOffset From, DateTimeOffset To) span = topics.Span();
        PolicyLog published = ClusterSnapshot.Read(context.Kafka(), context.Loggers, context.Time, context.Stop, TopicCatalogue.Policies).Policies;
        PolicyShelf shelf = options.Shelf(context, published.Versions);
        RecordedPolicy? instead = other is null ? null : other.File is { } asked ? PolicyShelf.Of(asked) : shelf.BuiltIn(other.Name);
        RebuiltReplay replay = new(
            name => SchedulerCommand.Settings(file, name, site, new SchedulerSettings()), shelf, instead,
            (span.From + warmUp).ToUnixTimeMicroseconds(), context.Time)
        {
            Accuracies = published.Accuracies,
        };
        topics.Read(span.From, span.To, e => replay.Take(e));
        RebuiltReport report = RebuiltReport.Of(replay, topics, span, other?.Name, context.Time.GetElapsedTime(began));
        context.WriteReport(report, () => RebuiltTables.Write(context, report));
        return report.Compared > 0 ? ExitCodes.Ok : ExitCodes.Failure;
    }

    private static TimeSpan Read(CommandContext context, RecordedLog log, LoggedViewHandler<SchedulingDecisionView> handler)
    {
        long began = context.Time.GetTimestamp();
        log.Read<SchedulingDecisionView, SchedulingDecision>(TopicCatalogue.Decisions, handler);
        return context.Time.GetElapsedTime(began);
    }
}
