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
    public static Command Create() => new("dead-letters", "Records that could not be read: what they are, and sending them again once their reader can.") { List(), Replay() };

    private static Command List()
    {
        Option<long> from = new Option<long>("--from") { Description = "The first offset to show.", DefaultValueFactory = _ => 0 }.Within(0L, long.MaxValue);
        Option<int> limit = new Option<int>("--limit") { Description = "Most to show; 0: all of them.", DefaultValueFactory = _ => 100 }.Within(0, int.MaxValue);
        Command command = Invocation.WithJson(Invocation.WithKafka(new Command(
            "list", "Shows them, oldest first, with --json one object a line; tail dead-letters shows their bytes.") { from, limit }));
        return Invocation.Does(command, invocation =>
        {
            KafkaSettings kafka = invocation.Kafka();
            int most = invocation.Value(limit) is > 0 and int some ? some : int.MaxValue, shown = 0;
            long? next = null;
            Table table = Columns();
            foreach (DeadLetter letter in Read(invocation, kafka, invocation.Value(from)))
            {
                if (shown++ == most)
                {
                    next = letter.Offset;
                    break;
                }

                if (invocation.IsJson) WriteJson(invocation, letter);
                else AddRow(table, letter);

                // What is shown at once has the same widths; all of them at once may be more than memory holds.
                if (invocation.IsJson || table.Rows.Count < MostRows) continue;
                invocation.Console.Write(table);
                table = Columns();
            }

            if (!invocation.IsJson && table.Rows.Count > 0) invocation.Console.Write(table);
            if (!invocation.IsJson && shown == 0) invocation.Out.WriteOneLine(invocation.Value(from) > 0 ? $"there are no dead letters from offset {invocation.Value(from)} on" : "there are no dead letters");
            if (!invocation.IsJson && next is { } offset) invocation.Out.WriteOneLine($"there are more: go on with --from {offset}");
            return Task.FromResult(ExitCodes.Ok);
        });
    }

    private static Table Columns() => new Table().Border(TableBorder.Rounded).AddColumns("offset", "since (UTC)", "from", "key", "size", "reason");

    private static void AddRow(Table table, DeadLetter letter) => table.AddRow(
        new Text(letter.Offset.ToString(CultureInfo.InvariantCulture)), new Text(Quantity.Instant(letter.TimestampMillis)),
        new Text(letter.Partition < 0 ? "unknown" : $"{letter.Topic}/{letter.Partition} offset {letter.SourceOffset}"),
        new Text(letter.Key is null ? "" : RecordText.Printable(letter.Key)), new Text(letter.Value is null ? "tombstone" : Quantity.Bytes(letter.Value.Length)),
        new Text(letter.Reason));

    private static void WriteJson(Invocation invocation, DeadLetter letter) => invocation.WriteJson(
        new
        {
            offset = letter.Offset, at = DateTimeOffset.FromUnixTimeMilliseconds(letter.TimestampMillis), reason = letter.Reason, topic = letter.Topic, partition = letter.Partition,
            sourceOffset = letter.SourceOffset, key = letter.Key, value = letter.Value, headers = letter.Headers.Select(h => new { key = h.Key, value = h.GetValueBytes() }),
        },
        line: true);

    private static Command Replay()
    {
        Argument<long[]> offsets = new Argument<long[]>("OFFSET") { Description = "Which, by their offsets as list shows them.", Arity = ArgumentArity.ZeroOrMore }.Within(0L, long.MaxValue);
        Option<bool> all = new("--all") { Description = "All of them." };
        Command command = Invocation.WithJson(Invocation.WithKafka(new Command(
            "replay", "Sends dead letters again, unchanged, to the partition they came from. They stay in dead-letters until its retention is over.") { offsets, all }));
        return Invocation.Does(command, async invocation =>
        {
            long[] wanted = invocation.Value(offsets) ?? [];
            if (wanted.Length == 0 != invocation.Value(all)) throw new UsageException("give the OFFSETs of the dead letters, or --all");
            KafkaSettings kafka = invocation.Kafka();
            HashSet<long> left = [.. wanted];
            List<(long Letter, string Topic, int Partition, long Offset)> replayed = [];
            using RecordProducer producer = new(kafka, invocation.Loggers, invocation.Time);
            using (ProgressLine progress = invocation.Progress())
            {
                foreach (DeadLetter letter in Read(invocation, kafka, wanted.Length > 0 ? wanted.Min() : 0))
                {
                    if (!invocation.Value(all) && !left.Remove(letter.Offset)) continue;

                    // Whoever may write to dead-letters could otherwise have an operator write to any topic.
                    if (letter.Partition >= 0 && letter.Topic != kafka.Topics.Requests)
                        throw new UsageException($"dead letter {letter.Offset} says that it came from {letter.Topic}, and only requests become dead letters; {replayed.Count} were sent again before it");
                    replayed.Add((letter.Offset, letter.Topic, letter.Partition, await DeadLetterStore.ReplayAsync(producer, letter, invocation.Stop).ConfigureAwait(false)));
                    progress.Say($"{replayed.Count} sent again");
                    if (!invocation.Value(all) && left.Count == 0) break;
                }
            }

            if (left.Count > 0) throw new UsageException($"no dead letter has offset {string.Join(", ", left.Order())}; see: streamsched dead-letters list");
            if (invocation.IsJson)
                invocation.WriteJson(replayed.Select(r => new { offset = r.Letter, topic = r.Topic, partition = r.Partition, newOffset = r.Offset }));
            else
                foreach ((long letter, string topic, int partition, long offset) in replayed)
                    await invocation.Out.WriteOneLineAsync($"{letter} sent again to {topic}/{partition}, offset {offset}").ConfigureAwait(false);
            return ExitCodes.Ok;
        });
    }

    private static IEnumerable<DeadLetter> Read(Invocation invocation, KafkaSettings kafka, long from)
    {
        ClusterProbe.Require(kafka, invocation.Loggers, invocation.Time, invocation.Stop);
        return DeadLetterStore.Read(kafka, invocation.Loggers, invocation.Time, from, ReadLimit, invocation.Stop);
    }
}
