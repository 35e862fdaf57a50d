using System.CommandLine;
using StreamSched.Administration;
using StreamSched.Hosting;
using StreamSched.Kafka.Consuming;
using StreamSched.Kafka.Settings;
using StreamSched.Kafka.Topics;

namespace StreamSched.Commands;

/// <summary><c>streamsched tail TOPIC</c>: any topic, readable.</summary>
internal static class TailCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        Argument<string> topic = new Argument<string>("TOPIC")
        {
            Description = "requests, work.<worker id>, results, decisions, telemetry, workers, load, policies, experience, feedback or dead-letters.",
        }.Checked((text, _) => KnownTopic(text));
        Option<string> from = new Option<string>("--from")
        {
            Description = "earliest, latest, an offset, or so long ago: 30s, 10m, 2h.", DefaultValueFactory = _ => "latest",
        }.Checked((text, _) => TailStart.Parse(text));
        Option<long> count = new Option<long>("--count", "-n") { Description = "End after this many shown records; 0: go on until Ctrl-C." }
            .Within(0L, long.MaxValue);
        Option<bool> end = new("--no-follow") { Description = "End where the topic ended when reading began." };
        Option<int?> partition = new Option<int?>("--partition") { Description = "Only this partition." }.Within(0, int.MaxValue);
        Option<string[]> filter = new Option<string[]>("--filter")
        {
            Description = "Only records with this field, as FIELD=VALUE, such as device=cam-1, id=… or status=OK; repeatable, all must hold.",
            AllowMultipleArgumentsPerToken = true,
        }.Checked((text, _) => RecordFilter.Check(text));
        Option<string> schemas = new Option<string>("--schemas") { Description = "Folder of foreign writers' Avro schemas (*.avsc)." }.OfSchemas();
        Command command = CommandContext.WithJson(CommandContext.WithKafka(new Command(
            "tail", "Shows the records of a topic as they come; with --json one object a line, with the whole record as JSON.")
        {
            topic, from, count, end, partition, filter, schemas,
        }));
        return CommandContext.Handle(command, context =>
        {
            string name = KnownTopic(context.Value(topic)!);
            TailStart start = TailStart.Parse(context.Value(from)!);
            RecordFilter wanted = new(context.Value(filter) ?? []);
            KafkaSettings kafka = context.Kafka();
            ClusterProbe.Require(kafka, context.Loggers, context.Time, context.Stop);
            string full = kafka.Topics.Of(name);
            using TopicReader reader = new(kafka, context.Loggers, context.Time, full, withHeaders: true);
            IReadOnlyList<int> partitions = reader.Partitions(kafka, full);
            if (context.Value(partition) is { } only)
                partitions = partitions.Contains(only)
                    ? [only] : throw new UsageException($"--partition: {name} has the partitions 0 to {partitions.Count - 1}");
            foreach (int p in partitions) start.Follow(reader, full, p, context.Time.GetUtcNow());
            RecordPrinter printer = new(ForeignSchemas.Of(context.Value(schemas)), kafka.Topics, context.IsJson, wanted);
            long left = context.Value(count) is > 0 and var most ? most : long.MaxValue;
            while (left > 0 && !context.Stop.IsCancellationRequested && !(context.Value(end) && reader.HasCaughtUp))
            {
                reader.Poll(TimeSpan.FromMilliseconds(100), (in ReceivedRecord record) =>
                {
                    if (left == 0 || printer.Line(record) is not { } line) return;
                    context.Out.WriteLine(line);
                    left--;
                });
                context.Out.Flush();
            }

            return Task.FromResult(ExitCodes.Ok);
        });
    }

    private static string KnownTopic(string name)
    {
        bool known = name.StartsWith("work.", StringComparison.Ordinal)
            ? TopicCatalogue.IsWorkerId(name["work.".Length..]) : TopicCatalogue.All.Any(contract => contract.Name == name && !contract.IsFamily);
        return known ? name
            : throw new UsageException($"there is no topic '{name}'; there are: {string.Join(", ", TopicCatalogue.All.Select(contract => contract.Name))}");
    }
}
