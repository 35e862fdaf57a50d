using System.CommandLine;
using System.Globalization;
using System.Text;
using Spectre.Console;
using StreamSched.Administration;
using StreamSched.Avro;
using StreamSched.Avro.Records;
using StreamSched.Hosting;
using StreamSched.Kafka.Producing;
using StreamSched.Kafka.Settings;
using StreamSched.Kafka.Topics;
using StreamSched.Rollouts;

namespace StreamSched.Commands;

/// <summary><c>streamsched policy list | show | history | use</c>: how schedulers choose, changed while they run; the others are
/// <see cref="PolicyRolloutCommands"/>.</summary>
internal static class PolicyCommand
{
    private const int MostNoteBytes = 4096; // as the schema says

    /// <summary>The command.</summary>
    public static Command Create() => new("policy", "How schedulers choose.")
    {
        List(), Show(), History(), Use(), PolicyRolloutCommands.Show(), PolicyRolloutCommands.Freeze(), PolicyRolloutCommands.Promote(),
        PolicyRolloutCommands.RollBack(),
    };

    private static Command List()
    {
        Command command = CommandContext.WithLog(CommandContext.WithJson(new Command("list", "Shows the policies that there are.")));
        return CommandContext.Handle(command, context =>
        {
            PolicyFileTables.List(context);
            return Task.FromResult(ExitCodes.Ok);
        });
    }

    private static Command Show()
    {
        Argument<PolicySource> name = new Argument<PolicySource>("NAME")
        {
            Description = "A policy file, or one of: " + PolicySource.Known + ". Without it: what is published.",
        }.ReadAs(PolicySource.Find);
        name.Arity = ArgumentArity.ZeroOrOne;
        Command command = CommandContext.WithJson(CommandContext.WithKafka(
            new Command("show", "Shows what a policy file holds; or the published versions, which of them serves, and what each scheduler follows.") { name }));
        return CommandContext.Handle(command, context =>
        {
            if (context.Value(name) is { } wanted)
            {
                PolicyFileTables.Show(context, wanted);
                return Task.FromResult(ExitCodes.Ok);
            }

            ClusterSnapshot snapshot = ClusterSnapshot.Read(
                context.Kafka(), context.Loggers, context.Time, context.Stop, TopicCatalogue.Policies, TopicCatalogue.Load);
            if (context.IsJson)
            {
                context.WriteJson(new
                {
                    published = snapshot.Policies.Versions.Select(p => new
                    {
                        name = p.Name, version = p.Version, kind = p.Kind, serves = ReferenceEquals(p, snapshot.Policies.Serving),
                        digest = Convert.ToHexStringLower(p.Digest!), parent = p.Parent is { } parent ? Convert.ToHexStringLower(parent) : null,
                        at = DateTimeOffset.FromUnixTimeMilliseconds(p.At / 1000), parameters = p.Parameters, figures = p.Figures, note = p.Note,
                    }),
                    schedulers = snapshot.Schedulers.Select(s => new
                    {
                        id = s.Id, live = s.IsLive, policy = s.Policy, policyVersion = s.PolicyVersion,
                        digest = s.Digest is { } digest ? Convert.ToHexStringLower(digest) : null,
                    }),
                });
                return Task.FromResult(ExitCodes.Ok);
            }

            Table table = new Table().Border(TableBorder.Rounded).AddColumns("name", "version", "policy", "serves", "since (UTC)", "parameters", "note");
            foreach (PolicySnapshot p in snapshot.Policies.Versions)
            {
                table.AddRow(
                    new Text(p.Name), new Text(p.Version.ToString(CultureInfo.InvariantCulture)), new Text(p.Kind),
                    new Text(ReferenceEquals(p, snapshot.Policies.Serving) ? "yes" : ""),
                    new Text(Quantity.Instant(p.At / 1000)),
                    new Text(string.Join(' ', p.Parameters.Select(x => FormattableString.Invariant($"{x.Key}={x.Value:g6}")))), new Text(p.Note));
            }

            if (snapshot.Policies.Versions.Count == 0) context.Out.WriteOneLine("no policy is published: each scheduler uses its own --policy");
            else context.Console.Write(table);
            foreach (SchedulerSummary scheduler in snapshot.Schedulers)
                context.Out.WriteOneLine($"{scheduler.Id}{(scheduler.IsLive ? "" : " (gone)")}: {scheduler.PolicyText}");
            return Task.FromResult(ExitCodes.Ok);
        });
    }

    private static Command History()
    {
        Command command = CommandContext.WithJson(
            CommandContext.WithKafka(new Command("history", "Shows every step that put a policy into force or on trial, and what it rested on.")));
        return CommandContext.Handle(command, context =>
        {
            PolicyLog log = ClusterSnapshot.Read(context.Kafka(), context.Loggers, context.Time, context.Stop, TopicCatalogue.Policies).Policies;
            if (context.IsJson) context.WriteJson(new { steps = log.Steps.Select(PolicyTables.ToJson) });
            else if (log.Steps.Count == 0) context.Out.WriteOneLine("no policy was ever published");
            else context.Console.Write(PolicyTables.Of(log.Steps));
            return Task.FromResult(ExitCodes.Ok);
        });
    }

    /// <summary>Requires a note that fits into a record.</summary>
    /// <param name="text">The note.</param>
    /// <param name="name">The option.</param>
    /// <exception cref="UsageException">It is too long.</exception>
    internal static void CheckNote(string text, string name)
    {
        if (Encoding.UTF8.GetByteCount(text) > MostNoteBytes) throw new UsageException($"{name}: is longer than {MostNoteBytes} bytes");
    }

    /// <summary>Writes records to <c>policies</c>, one after another.</summary>
    /// <param name="context">The command's context.</param>
    /// <param name="kafka">The installation.</param>
    /// <param name="records">Keys and values.</param>
    internal static async Task PublishAsync(CommandContext context, KafkaSettings kafka, IEnumerable<(string Key, byte[] Value)> records)
    {
        using RecordProducer producer = new(kafka, context.Loggers, context.Time);
        ProducerTopic topic = producer.Topic(kafka.Topics.Of(TopicCatalogue.Policies));
        foreach ((string key, byte[] value) in records)
            await producer.ProduceAsync(topic, -1, Encoding.UTF8.GetBytes(key), value, cancellation: context.Stop).ConfigureAwait(false);
    }

    private static Command Use()
    {
        Argument<PolicySource> name = new Argument<PolicySource>("NAME") { Description = "One of: " + PolicySource.Known + "." }.ReadAs(PolicySource.Find);
        Option<double?> temperature = new Option<double?>("--temperature")
        {
            Description = "Scale of the noise that breaks ties, in units of value; for price.",
        }.Within(1e-9, 1e6);
        Option<double?> rejectScore = new Option<double?>("--reject-score") { Description = "What rejecting is worth; for price." }.Within(-1e6, 1e6);
        Option<string> note = new Option<string>("--note") { Description = "Why, for those who look later.", DefaultValueFactory = _ => "" }.Checked(CheckNote);
        Command command = CommandContext.WithJson(
            CommandContext.WithKafka(new Command("use", "Publishes a policy; every scheduler takes it up at once.") { name, temperature, rejectScore, note }));
        return CommandContext.Handle(command, async context =>
        {
            PolicySource source = context.Value(name)!;
            string kind = source.File?.Metadata.Name ?? source.Name;
            if (source.File is not null && (context.Value(temperature) ?? context.Value(rejectScore)) is not null)
                throw new UsageException("--temperature and --reject-score are for policies without a file; a file brings its own constants");
            Dictionary<string, double> parameters = [];
            if (context.Value(temperature) is { } t)
                parameters[PolicyRecords.Temperature] = t is > 0 and < float.MaxValue ? t : throw new UsageException("--temperature must be positive");
            if (context.Value(rejectScore) is { } score)
                parameters[PolicyRecords.RejectScore] = double.IsFinite(score) ? score : throw new UsageException("--reject-score must be a number");
            KafkaSettings kafka = context.Kafka();
            PolicyLog log = ClusterSnapshot.Read(kafka, context.Loggers, context.Time, context.Stop, TopicCatalogue.Policies).Policies;
            PolicyPublication publication = PolicyPublication.Of(
                log, kind, parameters, source.File, context.Value(note) ?? "", "policy use", context.Time.GetUtcNow().ToUnixTimeMicroseconds());
            await PublishAsync(context, kafka, publication.Records).ConfigureAwait(false);
            PolicySnapshot version = publication.Version;
            if (context.IsJson)
            {
                context.WriteJson(new
                {
                    name = version.Name, version = version.Version, kind, digest = Convert.ToHexStringLower(version.Digest!), parameters, file = source.Path,
                });
            }
            else
            {
                await context.Out.WriteOneLineAsync($"{version.Name} v{version.Version} is published; see it taken up with: streamsched policy show")
                    .ConfigureAwait(false);
            }

            return ExitCodes.Ok;
        });
    }
}
