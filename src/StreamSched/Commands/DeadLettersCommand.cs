using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using StreamSched.Administration;
using StreamSched.Hosting;
using StreamSched.Kafka.DeadLetters;
using StreamSched.Kafka.Producing;
using StreamSched.Kafka.Settings;

namespace StreamSched.Commands;

/// <summary><c>streamsched dead-letters list | replay</c>: what nobody could read.</summary>
internal static class DeadLettersCommand
{
    private const int MostRows = 1000;
    private static readonly TimeSpan ReadLimit = TimeSpan.FromMinutes(1);

    /// <summary>The command.</summary>
    public static Command Create() =>
        new("dead-letters", "Records that could not be read: what they are, and sending them again once their reader can.") { List(), Replay() };

    private static Command List()
    {
        Option<long> from = new Option<long>("--from") { Description = "The first offset to show.", DefaultValueFactory = _ => 0 }.Within(0L, long.MaxValue);
        Option<int> limit = new Option<int>("--limit") { Description = "Most to show; 0: all of them.", DefaultValueFactory = _ => 100 }
            .Within(0, int.MaxValue);
        Command command = CommandContext.WithJson(CommandContext.WithKafka(new Command(
            "list", "Shows them, oldest first, with --json one object a line; tail dead-letters shows their bytes.") { from, limit }));
        return CommandContext.Handle(command, context =>
        {
            KafkaSettings kafka = context.Kafka();
            int most = context.Value(limit) is > 0 and int some ? some : int.MaxValue, shown = 0;
            long? next = null;
            Table table = Columns();
            foreach (DeadLetter letter in Read(context, kafka, context.Value(from)))
            {
                if (shown++ == most)
                {
                    next = letter.Offset;
                    break;
                }

                if (context.IsJson) WriteJson(context, letter);
                else AddRow(table, letter);

                // What is shown at once has the same widths; all of them at once may be more than memory holds.
                if (context.IsJson || table.Rows.Count < MostRows) continue;
                context.Console.Write(table);
                table = Columns();
            }

            if (!context.IsJson && table.Rows.Count > 0) context.Console.Write(table);
            if (!context.IsJson && shown == 0)
                context.Out.WriteOneLine(
                    context.Value(from) > 0 ? $"there are no dead letters from offset {context.Value(from)} on" : "there are no dead letters");
            if (!context.IsJson && next is { } offset) context.Out.WriteOneLine($"there are more: go on with --from {offset}");
            return Task.FromResult(ExitCodes.Ok);
        });
    }

    private static Table Columns() => new Table().Border(TableBorder.Rounded).AddColumns("offset", "since (UTC)", "from", "key", "size", "reason");

    private static void AddRow(Table table, DeadLetter letter) => table.AddRow(
        new Text(letter.Offset.ToString(CultureInfo.InvariantCulture)), new Text(Quantity.Instant(letter.TimestampMillis)),
        new Text(letter.Partition < 0 ? "unknown" : $"{letter.Topic}/{letter.Partition} offset {letter.SourceOffset}"),
        new Text(letter.Key is null ? "" : RecordText.Printable(letter.Key)),
        new Text(letter.Value is null ? "tombstone" : Quantity.Bytes(letter.Value.Length)), new Text(letter.Reason));

    private static void WriteJson(CommandContext context, DeadLetter letter) => context.WriteJson(
        new
        {
            offset = letter.Offset, at = DateTimeOffset.FromUnixTimeMilliseconds(letter.TimestampMillis), reason = letter.Reason, topic = letter.Topic,
            partition = letter.Partition, sourceOffset = letter.SourceOffset, key = letter.Key, value = letter.Value,
            headers = letter.Headers.Select(h => new { key = h.Key, value = h.GetValueBytes() }),
        },
        line: true);

    private static Command Replay()
    {
        Argument<long[]> offsets = new Argument<long[]>("OFFSET")
        {
            Description = "Which, by their offsets as list shows them.", Arity = ArgumentArity.ZeroOrMore,
        }.Within(0L, long.MaxValue);
        Option<bool> all = new("--all") { Description = "All of them." };
        Command command = CommandContext.WithJson(CommandContext.WithKafka(new Command(
            "replay", "Sends dead letters again, unchanged, to the partition they came from. They stay in dead-letters until its retention is over.")
        {
            offsets, all,
        }));
        return CommandContext.Handle(command, async context =>
        {
            long[] wanted = context.Value(offsets) ?? [];
            if (wanted.Length == 0 != context.Value(all)) throw new UsageException("give the OFFSETs of the dead letters, or --all");
            KafkaSettings kafka = context.Kafka();
            HashSet<long> left = [.. wanted];
            List<(long Letter, string Topic, int Partition, long Offset)> replayed = [];
            using RecordProducer producer = new(kafka, context.Loggers, context.Time);
            using (ProgressLine progress = context.Progress())
            {
                foreach (DeadLetter letter in Read(context, kafka, wanted.Length > 0 ? wanted.Min() : 0))
                {
                    if (!context.Value(all) && !left.Remove(letter.Offset)) continue;

                    // Whoever may write to dead-letters could otherwise have an operator write to any topic.
                    if (letter.Partition >= 0 && letter.Topic != kafka.Topics.Requests)
                        throw new UsageException($"dead letter {letter.Offset} says that it came from {letter.Topic}, and only requests become dead letters; "
                            + $"{replayed.Count} were sent again before it");
                    replayed.Add((letter.Offset, letter.Topic, letter.Partition,
                        await DeadLetterStore.ReplayAsync(producer, letter, context.Stop).ConfigureAwait(false)));
                    progress.Say($"{replayed.Count} sent again");
                    if (!context.Value(all) && left.Count == 0) break;
                }
            }

            if (left.Count > 0) throw new UsageException($"no dead letter has offset {string.Join(", ", left.Order())}; see: streamsched dead-letters list");
            if (context.IsJson)
                context.WriteJson(replayed.Select(r => new { offset = r.Letter, topic = r.Topic, partition = r.Partition, newOffset = r.Offset }));
            else
                foreach ((long letter, string topic, int partition, long offset) in replayed)
                    await context.Out.WriteOneLineAsync($"{letter} sent again to {topic}/{partition}, offset {offset}").ConfigureAwait(false);
            return ExitCodes.Ok;
        });
    }

    private static IEnumerable<DeadLetter> Read(CommandContext context, KafkaSettings kafka, long from)
    {
        ClusterProbe.Require(kafka, context.Loggers, context.Time, context.Stop);
        return DeadLetterStore.Read(kafka, context.Loggers, context.Time, from, ReadLimit, context.Stop);
    }
}
