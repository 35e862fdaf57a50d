using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using StreamSched.Administration;
using StreamSched.Avro;
using StreamSched.Hosting;
using StreamSched.Kafka.Settings;
using StreamSched.Kafka.Topics;
using StreamSched.Learning.Rollouts;
using StreamSched.Rollouts;
using AvroStep = StreamSched.Avro.Records.RolloutStep;

namespace StreamSched.Commands;

/// <summary><c>streamsched policy rollout | freeze | promote | roll-back</c>: where a roll-out stands, and a person's word on it.</summary>
internal static class PolicyRolloutCommands
{
    private const string By = "an operator";

    /// <summary>Shows where it stands.</summary>
    public static Command Show()
    {
        Command command = CommandContext.WithJson(CommandContext.WithKafka(
            new Command("rollout", "Shows where the roll-out stands: who serves, who is on trial, what the judges say, and who follows.")));
        return CommandContext.Handle(command, context =>
        {
            ClusterSnapshot snapshot = ClusterSnapshot.Read(
                context.Kafka(), context.Loggers, context.Time, context.Stop, TopicCatalogue.Policies, TopicCatalogue.Load);
            PolicyLog log = snapshot.Policies;
            AvroStep? step = log.Rollout ?? log.Active;
            if (context.IsJson)
            {
                context.WriteJson(new
                {
                    rollout = step is null ? null : PolicyTables.ToJson(step),
                    accuracies = log.Accuracies?.Estimates.Select(e => new
                    {
                        task = e.Task, variant = e.Variant, site = e.Site.Length > 0 ? e.Site : null, origin = e.Origin.Length > 0 ? e.Origin : null,
                        mean = e.Mean, lower = e.Lower, labels = e.Labels,
                    }),
                    schedulers = snapshot.Schedulers.Select(s => new { id = s.Id, live = s.IsLive, policy = s.Policy, policyVersion = s.PolicyVersion }),
                });
                return Task.FromResult(ExitCodes.Ok);
            }

            if (step is null)
            {
                context.Out.WriteOneLine("no policy is published: each scheduler uses its own --policy, and nothing is rolled out");
                return Task.FromResult(ExitCodes.Ok);
            }

            context.Out.WriteOneLine(PolicyTables.Describe(step));
            if (step.Windows is { } windows)
            {
                context.Out.WriteOneLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{100 * windows.Share:0.#} % of the windows are not the champion's, each {windows.LengthMicros * 1e-6:0.##} s, since ")
                    + Quantity.Instant(windows.Start / 1000));
            }

            if (step.Evidence.Length > 0) context.Console.Write(PolicyTables.OfEvidence(step.Evidence));
            if (log.Accuracies is { Estimates.Length: > 0 } accuracies) context.Console.Write(PolicyTables.OfAccuracies(accuracies));
            foreach (SchedulerSummary scheduler in snapshot.Schedulers)
                context.Out.WriteOneLine($"{scheduler.Id}{(scheduler.IsLive ? "" : " (gone)")}: {scheduler.PolicyText}");
            return Task.FromResult(ExitCodes.Ok);
        });
    }

    /// <summary>Stops roll-outs.</summary>
    public static Command Freeze()
    {
        Option<bool> off = new("--off") { Description = "Lets them go on." };
        return Word(
            "freeze", "Stops roll-outs: the champion serves all windows until freeze --off.", [off],
            (context, rollout, now) =>
            {
                if (context.Value(off) == !rollout.Frozen) return rollout.Frozen ? "roll-outs are frozen already" : "roll-outs are not frozen";
                if (rollout.Frozen) rollout.Unfreeze(By, now);
                else rollout.Freeze(By, now);
                return null;
            });
    }

    /// <summary>Takes the challenger into force.</summary>
    public static Command Promote() => Word(
        "promote", "Takes the challenger into force, whatever the judges say so far; some windows stay the former policy's.", [],
        static (_, rollout, now) => rollout.Promote(By, now));

    /// <summary>Takes the former policy into force.</summary>
    public static Command RollBack() => Word(
        "roll-back", "Rejects the challenger; where there is none, takes the former policy into force again.", [],
        static (_, rollout, now) => rollout.RollBack(By, now));

    private static Command Word(string name, string description, Option[] options, Func<CommandContext, Rollout, long, string?> say)
    {
        Option<string> note = new Option<string>("--note") { Description = "Why, for those who look later.", DefaultValueFactory = _ => "" }
            .Checked(PolicyCommand.CheckNote);
        Command command = new(name, description) { note };
        foreach (Option option in options) command.Add(option);
        return CommandContext.Handle(CommandContext.WithJson(CommandContext.WithKafka(command)), async context =>
        {
            KafkaSettings kafka = context.Kafka();
            PolicyLog log = ClusterSnapshot.Read(kafka, context.Loggers, context.Time, context.Stop, TopicCatalogue.Policies).Policies;
            long now = context.Time.GetUtcNow().ToUnixTimeMicroseconds();
            RolloutWord? word = RolloutWord.Of(log, rollout => say(context, rollout, now), context.Value(note) ?? "", out string? problem);
            if (word is null)
            {
                context.Error.WriteOneLine($"streamsched: {problem}");
                return ExitCodes.Failure;
            }

            await PolicyCommand.PublishAsync(context, kafka, word.Records).ConfigureAwait(false);
            if (context.IsJson) context.WriteJson(new { steps = word.Steps.Select(PolicyTables.ToJson) });
            else foreach (AvroStep step in word.Steps) await context.Out.WriteOneLineAsync(PolicyTables.Describe(step)).ConfigureAwait(false);
            return ExitCodes.Ok;
        });
    }
}
