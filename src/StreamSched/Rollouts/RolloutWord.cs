using StreamSched.Learning.Rollouts;
using AvroStep = StreamSched.Avro.Records.RolloutStep;
using CoreStep = StreamSched.Learning.Rollouts.RolloutStep;

namespace StreamSched.Rollouts;

/// <summary>A person's word on a roll-out: it becomes a step, by the same state machine as the learner's, and is in force at once. A learner that runs goes on
/// from it.</summary>
/// <param name="Steps">The steps.</param>
/// <param name="Records">Keys and values, in the order in which they are to be written.</param>
internal sealed record RolloutWord(IReadOnlyList<AvroStep> Steps, IReadOnlyList<(string Key, byte[] Value)> Records)
{
    /// <summary>Says it.</summary>
    /// <param name="log">What is published.</param>
    /// <param name="say">Says it to the roll-out; gives why it cannot be, or null.</param>
    /// <param name="note">Why, for those who look later; may be empty.</param>
    /// <param name="problem">Why it cannot be; null: it can.</param>
    /// <returns>Null: it cannot be.</returns>
    public static RolloutWord? Of(PolicyLog log, Func<Rollout, string?> say, string note, out string? problem)
    {
        problem = "no policy is published, so there is no roll-out; see: streamsched policy use --help";
        if ((log.Rollout ?? log.Active) is not { } latest || log.Active is null) return null;
        Sink sink = new();
        Rollout rollout = new(new RolloutSettings(), sink, RolloutRecords.Of(latest.Champion));
        rollout.Restore(RolloutRecords.Of(latest) with { Sequence = log.LastSequence });
        problem = say(rollout);
        if (problem is not null) return null;
        List<AvroStep> steps = [];
        List<(string Key, byte[] Value)> records = [];
        foreach (CoreStep taken in sink.Steps)
        {
            AvroStep step = RolloutRecords.Of(note.Length > 0 ? taken with { Reason = $"{taken.Reason}: {note}" } : taken);
            steps.Add(step);
            records.AddRange(PolicyRecords.Of(step, log.Active));
        }

        return new RolloutWord(steps, records);
    }

    private sealed class Sink : IRolloutSink
    {
        public List<CoreStep> Steps { get; } = [];

        void IRolloutSink.Stepped(CoreStep taken) => Steps.Add(taken);
    }
}
