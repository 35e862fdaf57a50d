using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using StreamSched.Administration;
using StreamSched.Hosting;
using StreamSched.Kafka.Administration;
using StreamSched.Kafka.Consuming;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Kafka.Settings;
using StreamSched.Kafka.Topics;

namespace StreamSched.Commands;

/// <summary><c>streamsched status</c>: the whole installation on one page.</summary>
internal static class StatusCommand
{
    private const string SchedulerGroup = "scheduler";

    // Anybody who may write to workers may write thousands of them.
    private const int MostDeadShown = 20;

    /// <summary>The command.</summary>
    public static Command Create()
    {
        Option<string> group = new Option<string>("--group")
        {
            Description = "The schedulers' consumer group, behind the prefix.", DefaultValueFactory = _ => SchedulerGroup,
        }.OfNames();
        Command command = CommandContext.WithJson(CommandContext.WithKafka(new Command(
            "status", "Shows workers, schedulers, lag, policy, dead letters and topics. Exit code 1: something needs an operator.") { group }));
        return CommandContext.Handle(command, context => Show(context, context.Value(group)!));
    }

    private static async Task<int> Show(CommandContext context, string groupName)
    {
        KafkaSettings kafka = context.Kafka();
        ClusterProbe.Require(kafka, context.Loggers, context.Time, context.Stop);
        TopicReport topics;
        using (TopicAdmin admin = new(kafka, context.Loggers, context.Time)) topics = await admin.CheckAsync().ConfigureAwait(false);
        if (topics.Differences.FirstOrDefault(d => d.Kind == TopicDifferenceKind.Missing) is { } missing)
            throw new KafkaFailureException(KafkaFailureKind.UnknownTopic, $"{missing}");
        ClusterSnapshot snapshot = ClusterSnapshot.Read(
            kafka, context.Loggers, context.Time, context.Stop, TopicCatalogue.Workers, TopicCatalogue.Telemetry, TopicCatalogue.Load,
            TopicCatalogue.Policies);
        IReadOnlyList<PartitionLag> lag = GroupLag.Read(kafka, kafka.Group(groupName), [kafka.Topics.Requests, kafka.Topics.Results], context.Loggers);
        long letters;
        using (TopicReader reader = new(kafka, context.Loggers, context.Time))
        {
            (long low, long high) = reader.Ends(kafka.Topics.DeadLetters, 0);
            letters = high - low;
        }

        IReadOnlyList<string> alarms = StatusAlarms.Find(
            snapshot.Workers, snapshot.Unregistered, snapshot.UnusableRegistrations, snapshot.Schedulers, lag, topics);
        if (context.IsJson)
        {
            context.WriteJson(new
            {
                bootstrap = kafka.BootstrapServers, prefix = kafka.Prefix, at = DateTimeOffset.FromUnixTimeMilliseconds(snapshot.AtMillis),
                workers = snapshot.Workers.Select(w => w.ToJson()),
                unregistered = snapshot.Unregistered.OrderBy(u => u.Key, StringComparer.Ordinal)
                    .Select(u => new { id = u.Key, conditions = u.Value.Select(c => new { code = c.Code, subject = c.Subject, text = c.Text }) }),
                schedulers = snapshot.Schedulers.Select(s => new
                {
                    id = s.Id, incarnation = s.Incarnation, live = s.IsLive, share = s.Share, ageMs = s.Age.TotalMilliseconds, policy = s.Policy,
                    policyVersion = s.PolicyVersion, digest = Hex(s.Digest),
                    conditions = s.Conditions.Select(c => new { code = c.Code, subject = c.Subject, text = c.Text }),
                }),
                lag = lag.Select(l => new { topic = kafka.Topics.Strip(l.Topic), partition = l.Partition, committed = l.Committed, end = l.End, lag = l.Lag }),
                policy = snapshot.Policies.Serving is { } serving
                    ? new { name = serving.Name, kind = serving.Kind, version = serving.Version, digest = Hex(serving.Digest), parameters = serving.Parameters }
                    : null,
                rollout = snapshot.Policies.Rollout is { } step ? PolicyTables.ToJson(step) : null,
                deadLetters = letters,
                topics = new { usable = topics.IsUsable, differences = topics.Differences, workTopics = topics.WorkTopics.Count },
                alarms,
            });
        }
        else
        {
            Print(context.Console, kafka, snapshot, lag, topics, letters, alarms);
        }

        return alarms.Count == 0 ? ExitCodes.Ok : ExitCodes.Failure;
    }

    private static void Print(
        IAnsiConsole console, KafkaSettings kafka, ClusterSnapshot snapshot, IReadOnlyList<PartitionLag> lag, TopicReport topics, long letters,
        IReadOnlyList<string> alarms)
    {
        IReadOnlyList<WorkerSummary> workers = snapshot.Workers;
        ILookup<bool, WorkerSummary> byLife = workers.ToLookup(w => w.Condition != WorkerCondition.Dead);
        WorkerSummary[] shown = [.. byLife[true], .. byLife[false].Take(MostDeadShown)];
        console.Write(WorkerTable.Of([.. shown.OrderBy(w => w.Id, StringComparer.Ordinal)]));
        if (shown.Length < workers.Count) console.Write(new Text($"{workers.Count - shown.Length} more that give no sign of life (streamsched worker list)\n"));
        Table schedulers = new Table().Title("schedulers").Border(TableBorder.Rounded).AddColumns("id", "partition share", "last report", "policy");
        foreach (SchedulerSummary scheduler in snapshot.Schedulers)
        {
            schedulers.AddRow(
                new Text(scheduler.Id), new Text(scheduler.Share.ToString("P0", CultureInfo.InvariantCulture)),
                new Text(Quantity.Duration(scheduler.Age) + (scheduler.IsLive ? "" : " (gone)")),
                new Text(scheduler.PolicyText));
        }

        if (snapshot.Schedulers.Count == 0) schedulers.AddRow("none was heard of lately", "", "", "");
        console.Write(schedulers);
        Grid grid = new Grid().AddColumn().AddColumn();
        foreach (string topic in (string[])[TopicCatalogue.Requests, TopicCatalogue.Results])
        {
            PartitionLag[] of = [.. lag.Where(l => l.Topic == kafka.Topics.Of(topic))];
            PartitionLag? worst = of.MaxBy(l => l.Lag);
            Row(grid, $"lag on {topic}", $"{of.Sum(l => l.Lag)} records in {of.Length} partitions"
                + (worst is { Lag: > 0 } ? $", most in partition {worst.Partition}: {worst.Lag}" : ""));
        }

        Row(grid, "policy", snapshot.Policies.Serving is { } serving
            ? $"{serving.Name} v{serving.Version}, published for all schedulers" : "none published: each scheduler uses its own --policy");
        if (snapshot.Policies.Rollout is { } step) Row(grid, "roll-out", PolicyTables.Describe(step));
        Row(grid, "dead letters", letters == 0 ? "none" : $"{letters} (streamsched dead-letters list)");
        int differences = topics.Differences.Count;
        Row(
            grid, "topics",
            differences == 0 ? $"all as they should be; {topics.WorkTopics.Count} worker topics" : $"{differences} differences (streamsched topics check)");
        console.Write(grid);
        foreach (string alarm in alarms) console.Write(new Text($"! {alarm}\n", new Style(Color.Red)));
    }

    private static string? Hex(byte[]? digest) => digest is null ? null : Convert.ToHexStringLower(digest);

    private static void Row(Grid grid, string name, string text) => grid.AddRow(new Text(name), new Text(text));
}
