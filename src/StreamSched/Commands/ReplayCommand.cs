using System.CommandLine;
using StreamSched.Analysis.Replays;
using StreamSched.Avro.Records;
using StreamSched.Hosting;
using StreamSched.Kafka.Topics;
using StreamSched.Logs;

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
        Command command = CommandContext.WithJson(options.AddTo(new Command(
            "replay",
            "Takes the full decisions of a log again, each by the policy version that took it, and says whether they are the same bit for bit; ends with 1 if "
            + "one is not.")
        {
            with, show,
        }));
        return CommandContext.Handle(command, context =>
        {
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

    private static TimeSpan Read(CommandContext context, RecordedLog log, LoggedViewHandler<SchedulingDecisionView> handler)
    {
        long began = context.Time.GetTimestamp();
        log.Read<SchedulingDecisionView, SchedulingDecision>(TopicCatalogue.Decisions, handler);
        return context.Time.GetElapsedTime(began);
    }
}
