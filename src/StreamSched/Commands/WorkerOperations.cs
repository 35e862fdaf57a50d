using System.CommandLine;
using System.Text;
using StreamSched.Administration;
using StreamSched.Avro.Records;
using StreamSched.Core.Serving;
using StreamSched.Hosting;
using StreamSched.Kafka.Producing;
using StreamSched.Kafka.Settings;
using StreamSched.Kafka.Topics;

namespace StreamSched.Commands;

/// <summary><c>streamsched worker list | drain | forget</c>: what is done to workers from elsewhere.</summary>
internal static class WorkerOperations
{
    private static readonly TimeSpan StoreLimit = TimeSpan.FromSeconds(30);

    /// <summary>The commands, to stand beside the one that runs a worker.</summary>
    public static IReadOnlyList<Command> All => [List(), Drain(), Forget()];

    /// <summary>Requires what a worker may be called.</summary>
    /// <exception cref="UsageException">It is another text.</exception>
    internal static void CheckId(string text, string name)
    {
        if (!TopicCatalogue.IsWorkerId(text)) throw new UsageException($"{name}: '{text}' must be 1 to 64 of a-z, 0-9 and '-'");
    }

    private static Command List()
    {
        Command command = CommandContext.WithJson(CommandContext.WithKafka(new Command("list", "Shows the registered workers.")));
        return CommandContext.Handle(command, context =>
        {
            ClusterSnapshot snapshot = Snapshot(context, context.Kafka());
            if (context.IsJson) context.WriteJson(snapshot.Workers.Select(w => w.ToJson()));
            else context.Console.Write(WorkerTable.Of(snapshot.Workers));
            return Task.FromResult(ExitCodes.Ok);
        });
    }

    private static Command Drain()
    {
        Argument<string> id = new Argument<string>("ID") { Description = "The worker's id." }.Checked(CheckId);
        Option<int> timeout = new Option<int>("--timeout")
        {
            Description = "How many seconds to wait for its end; 0: do not wait.", DefaultValueFactory = _ => 60,
        }.Within(0, 86_400);
        Command command = CommandContext.WithJson(CommandContext.WithKafka(new Command(
            "drain", "Ends a worker without losing work: it gets nothing new, answers what it has, withdraws and exits.") { id, timeout }));
        return CommandContext.Handle(command, async context =>
        {
            KafkaSettings kafka = context.Kafka();
            WorkerSummary worker = Find(Snapshot(context, kafka), context.Value(id)!);
            if (worker.Liveness == Liveness.Dead)
                throw new UsageException(
                    $"worker {worker.Id} gives no sign of life, so it cannot drain; take it off the list with: streamsched worker forget {worker.Id}");
            long began = context.Time.GetTimestamp();
            using WithdrawalWatch watch = new(kafka, worker.Id, worker.Registration.Incarnation, context.Loggers, context.Time);
            WorkerRegistration registration = worker.Registration;
            registration.Draining = true;
            registration.At = context.Time.GetUtcNow().ToUnixTimeMilliseconds() * 1000;
            await Publish(context, kafka, worker.Id, registration.ToFramed()).ConfigureAwait(false);
            TimeSpan limit = TimeSpan.FromSeconds(context.Value(timeout));
            bool ended = false;
            using (ProgressLine progress = context.Progress())
            {
                while (limit > TimeSpan.Zero && !(ended = watch.Poll()) && context.Time.GetElapsedTime(began) < limit && !context.Stop.IsCancellationRequested)
                    progress.Say($"{worker.Id}: {watch.State}, {context.Time.GetElapsedTime(began).TotalSeconds:0} s");
            }

            double seconds = context.Time.GetElapsedTime(began).TotalSeconds;
            if (context.IsJson)
                context.WriteJson(new { worker = worker.Id, incarnation = registration.Incarnation, draining = true, withdrawn = ended, seconds });
            else if (ended)
                await context.Out.WriteOneLineAsync(
                    FormattableString.Invariant($"{worker.Id} has answered what it had and withdrawn, after {seconds:0.0} s")).ConfigureAwait(false);
            else if (limit == TimeSpan.Zero) await context.Out.WriteOneLineAsync($"{worker.Id} was told to drain").ConfigureAwait(false);
            if (ended || limit == TimeSpan.Zero) return ExitCodes.Ok;
            context.Stop.ThrowIfCancellationRequested();
            throw new IOException(FormattableString.Invariant($"{worker.Id} has not withdrawn within {limit.TotalSeconds:0} s ({watch.State}); ")
                + "it gets no new work. Wait with a longer --timeout, or look at its log");
        });
    }

    private static Command Forget()
    {
        Argument<string> id = new("ID") { Description = "The worker's id." };
        Option<bool> force = new("--force")
        {
            Description = "Also a worker that lives: its unanswered work is sent to others, and it is unknown until it is started again.",
        };
        Command command = CommandContext.WithJson(
            CommandContext.WithKafka(new Command("forget", "Takes a dead worker off the list, or a registration that schedulers ignore.") { id, force }));
        return CommandContext.Handle(command, async context =>
        {
            KafkaSettings kafka = context.Kafka();
            string wanted = context.Value(id)!;
            ClusterSnapshot snapshot = Snapshot(context, kafka);
            if (snapshot.Workers.All(w => w.Id != wanted) && snapshot.UnusableRegistrations.TryGetValue(wanted, out string? fault))
            {
                await Publish(context, kafka, wanted, null).ConfigureAwait(false);
                if (context.IsJson) context.WriteJson(new { worker = wanted, incarnation = (long?)null, forgotten = true });
                else await context.Out.WriteOneLineAsync($"{wanted} is forgotten; schedulers ignored its registration: {fault}").ConfigureAwait(false);
                return ExitCodes.Ok;
            }

            WorkerSummary worker = Find(snapshot, wanted);
            if (worker.Liveness != Liveness.Dead && !context.Value(force))
            {
                throw new UsageException(
                    $"worker {worker.Id} lives: its telemetry is {Quantity.Duration(worker.Age!.Value)} old. End it with: "
                    + $"streamsched worker drain {worker.Id} (or add --force)");
            }

            await Publish(context, kafka, worker.Id, null).ConfigureAwait(false);
            if (context.IsJson) context.WriteJson(new { worker = worker.Id, incarnation = worker.Registration.Incarnation, forgotten = true });
            else await context.Out.WriteOneLineAsync($"{worker.Id} is forgotten").ConfigureAwait(false);
            return ExitCodes.Ok;
        });
    }

    private static ClusterSnapshot Snapshot(CommandContext context, KafkaSettings kafka) =>
        ClusterSnapshot.Read(kafka, context.Loggers, context.Time, context.Stop, TopicCatalogue.Workers, TopicCatalogue.Telemetry);

    private static WorkerSummary Find(ClusterSnapshot snapshot, string id) =>
        snapshot.Workers.FirstOrDefault(w => w.Id == id)
        ?? throw new UsageException(
            $"no worker '{id}' is registered; there are: {(snapshot.Workers.Count == 0 ? "none" : string.Join(", ", snapshot.Workers.Select(w => w.Id)))}");

    private static async Task Publish(CommandContext context, KafkaSettings kafka, string id, byte[]? value)
    {
        using RecordProducer producer = new(kafka, context.Loggers, context.Time);
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(context.Stop);
        limit.CancelAfter(StoreLimit);
        await producer.ProduceAsync(
            producer.Topic(kafka.Topics.Of(TopicCatalogue.Workers)), -1, Encoding.UTF8.GetBytes(id), value, cancellation: limit.Token).ConfigureAwait(false);
    }
}
