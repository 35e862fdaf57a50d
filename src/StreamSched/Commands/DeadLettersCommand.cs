using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using StreamSched.Hosting;
using StreamSched.Kafka;
using StreamSched.Operation;

namespace StreamSched.Commands;

/// <summary><c>streamsched dead-letters list | replay</c>: what nobody could read.</summary>
internal static class DeadLettersCommand
{
    private static readonly TimeSpan ReadLimit = TimeSpan.FromMinutes(1);

    /// <summary>The command.</summary>
    public static Command Create() => new("dead-letters", "Records that could not be read: what they are, and sending them again once their reader can.") { List(), Replay() };

    private static Command List()
    {
        Command command = Invocation.WithJson(Invocation.WithKafka(new Command("list", "Shows them, oldest first; tail dead-letters shows their bytes.")));
        return Invocation.Does(command, invocation =>
        {
            IReadOnlyList<DeadLetter> letters = Read(invocation, invocation.Kafka());
            if (invocation.IsJson)
            {
                invocation.WriteJson(letters.Select(l => new
                {
                    offset = l.Offset, at = DateTimeOffset.FromUnixTimeMilliseconds(l.TimestampMillis), reason = l.Reason, topic = l.Topic, partition = l.Partition,
                    sourceOffset = l.SourceOffset, key = l.Key, value = l.Value,
                    headers = l.Headers.Select(h => new { key = h.Key, value = h.GetValueBytes() }),
                }));
                return Task.FromResult(ExitCodes.Ok);
            }

            Table table = new Table().Border(TableBorder.Rounded).AddColumns("offset", "since (UTC)", "from", "key", "size", "reason");
            foreach (DeadLetter letter in letters)
            {
                table.AddRow(
                    new Text(letter.Offset.ToString(CultureInfo.InvariantCulture)), new Text(Quantity.Instant(letter.TimestampMillis)),
                    new Text(letter.Partition < 0 ? "unknown" : $"{letter.Topic}/{letter.Partition} offset {letter.SourceOffset}"),
                    new Text(letter.Key is null ? "" : RecordText.Printable(letter.Key)), new Text(letter.Value is null ? "tombstone" : Quantity.Bytes(letter.Value.Length)),
                    new Text(letter.Reason));
            }

            if (letters.Count == 0) invocation.Out.WriteLine("there are no dead letters");
            else invocation.Console.Write(table);
            return Task.FromResult(ExitCodes.Ok);
        });
    }

    private static Command Replay()
    {
        Argument<long[]> offsets = new("OFFSET") { Description = "Which, by their offsets as list shows them.", Arity = ArgumentArity.ZeroOrMore };
        Option<bool> all = new("--all") { Description = "All of them." };
        Command command = Invocation.WithJson(Invocation.WithKafka(new Command(
            "replay", "Sends dead letters again, unchanged, to the partition they came from. They stay in dead-letters until its retention is over.") { offsets, all }));
        return Invocation.Does(command, async invocation =>
        {
            long[] wanted = invocation.Value(offsets) ?? [];
            if (wanted.Length == 0 != invocation.Value(all)) throw new UsageException("give the OFFSETs of the dead letters, or --all");
            KafkaSettings kafka = invocation.Kafka();
            IReadOnlyList<DeadLetter> letters = Read(invocation, kafka);
            long[] unknown = [.. wanted.Except(letters.Select(l => l.Offset))];
            if (unknown.Length > 0) throw new UsageException($"no dead letter has offset {string.Join(", ", unknown)}; see: streamsched dead-letters list");
            DeadLetter[] chosen = [.. letters.Where(l => invocation.Value(all) || wanted.Contains(l.Offset))];
            List<(DeadLetter Letter, long Offset)> replayed = [];
            using RecordProducer producer = new(kafka, invocation.Logger, invocation.Time);
            using (ProgressLine progress = invocation.Progress())
            {
                foreach (DeadLetter letter in chosen)
                {
                    replayed.Add((letter, await DeadLetters.ReplayAsync(producer, letter, invocation.Stop).ConfigureAwait(false)));
                    progress.Say($"{replayed.Count} of {chosen.Length} sent again");
                }
            }

            if (invocation.IsJson)
                invocation.WriteJson(replayed.Select(r => new { offset = r.Letter.Offset, topic = r.Letter.Topic, partition = r.Letter.Partition, newOffset = r.Offset }));
            else
                foreach ((DeadLetter letter, long offset) in replayed)
                    await invocation.Out.WriteLineAsync($"{letter.Offset} sent again to {letter.Topic}/{letter.Partition}, offset {offset}").ConfigureAwait(false);
            return ExitCodes.Ok;
        });
    }

    private static IReadOnlyList<DeadLetter> Read(Invocation invocation, KafkaSettings kafka)
    {
        ClusterProbe.Require(kafka, invocation.Logger, invocation.Time, invocation.Stop);
        return DeadLetters.List(kafka, invocation.Logger, invocation.Time, ReadLimit, invocation.Stop);
    }
}
