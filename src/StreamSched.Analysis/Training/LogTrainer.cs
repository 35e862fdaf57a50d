using StreamSched.Analysis.Replays;
using StreamSched.Avro.Records;
using StreamSched.Core.Policies;
using StreamSched.Core.PolicyFiles;
using StreamSched.Core.Registry;
using StreamSched.Simulation.Live;

namespace StreamSched.Analysis.Training;

/// <summary>
/// Trains a policy from the earlier part of a log, and keeps it to what that part supports. The log is read twice, so that what is kept of it stays small.
/// </summary>
/// <param name="settings">What is trained, and how.</param>
/// <param name="shelf">Those that may have logged.</param>
/// <param name="read">Reads the log.</param>
/// <param name="cancellation">Stops it.</param>
internal sealed class LogTrainer(LogTrainerSettings settings, PolicyShelf shelf, ExperienceReader read, CancellationToken cancellation)
{
    /// <summary>Trains.</summary>
    /// <param name="trained">What came of it.</param>
    /// <returns>Why nothing can be trained, and what to do; null: it was.</returns>
    public string? Train(out LogTrained? trained)
    {
        trained = null;
        TrainingLog log = new(settings.Kind, shelf);
        read((in ExperienceView record) => log.Take(record));
        IReadOnlyList<LoggedOutcome> outcomes = log.InOrder();
        if (outcomes.Count < 2) return $"{outcomes.Count} requests are too few to learn from and to judge by: take a longer part of the log";
        if (log.Logger is not { } logger) return "the policy that took most of the decisions is not known, or cannot be made: give it (--policies FILE)";
        if (logger.File?.Support is { IsDeepest: true })
            return "the policy that logged rests on others that were trained from logs: publish one that has proved itself, and log that";
        IReadOnlyList<LoggedOutcome> earlier = [.. outcomes.Take(Math.Clamp((int)(outcomes.Count * (1 - settings.HeldOut)), 1, outcomes.Count - 1))];
        long last = earlier[^1].At;
        if (log.Grid(last) is not { } grid)
            return "no placement is recorded in full, so nobody knows what the log supports: let schedulers record them (--full-records)";
        if (Learn(logger, earlier, out LoadedPolicy? learned, out int used) is { } refusal) return refusal;

        RecordedPolicy asked = PolicyShelf.AsItIs(learned!);
        SupportStudy before = new(asked.Refusal is null ? asked : null, grid), after = new(asked.Refusal is null ? asked : null, grid);
        read((in ExperienceView record) => (record.At <= last ? before : after).Take(record));
        bool[] supported = before.Supported();
        PolicySupport support = new(grid, supported, logger.File is null ? logger.Kind : null, logger.File);
        LoadedPolicy kept = With(learned!, support.Into(learned!.Metadata));
        trained = new LogTrained
        {
            File = kept, Policy = PolicyShelf.AsItIs(kept), Logger = logger, Decisions = earlier.Count, Used = used, Last = last, LeftOut = log.LeftOut,
            Kept = after.ShareOutside(supported),
        };
        return null;
    }

    /// <summary>The same policy with other metadata.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="metadata">The metadata.</param>
    public static LoadedPolicy With(LoadedPolicy policy, PolicyMetadata metadata) => LoadedPolicy.Parse(policy.File is { } file
        ? new PolicyFile(file.Network, metadata, file.Memory, file.ReadsMemory).ToBytes() : new ConstantsFile(metadata, policy.Constants!).ToBytes());

    private string? Learn(RecordedPolicy logger, IReadOnlyList<LoggedOutcome> outcomes, out LoadedPolicy? learned, out int used)
    {
        (learned, used) = (null, outcomes.Count);
        if (settings.InWorlds is { } train)
        {
            learned = train();
            return null;
        }

        LoadedPolicy? start = settings.Start ?? LogLearning.StartOf(settings.Kind, logger, settings.Seed);
        SimulatedOutcomes? rehearsal = settings is { Kind: PolicyNames.Neural, Scenario: { } world }
            ? SimulatedOutcomes.Collect(start!, [world], settings.Seed, cancellation) : null;
        if (LogLearning.Learn(settings.Kind, start, outcomes, rehearsal, settings.Seed) is not { } result)
            return $"'{settings.Kind}' goes on from a file, and the policy that logged is not of this kind: give one (--start FILE)";
        used = result.Used;
        if (used == 0)
            return $"no outcome tells what '{settings.Kind}' learns from: let it log, or let schedulers record more decisions in full (--full-records)";
        PolicyMetadata about = start is null ? new PolicyMetadata { Name = settings.Kind } : PolicySupport.Without(start.Metadata);
        if (start?.Constants is null && logger.File?.Constants is { } constants) about = RuleConstantsText.Into(about, constants);
        learned = LoadedPolicy.Parse(result.File(about with { Version = about.Version + 1 }).ToBytes());
        return null;
    }
}
