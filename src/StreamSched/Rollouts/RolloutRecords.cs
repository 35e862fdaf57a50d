using StreamSched.Avro.Records;
using StreamSched.Learning.Rollouts;
using AvroEvidence = StreamSched.Avro.Records.Evidence;
using AvroState = StreamSched.Avro.Records.RolloutState;
using AvroStep = StreamSched.Avro.Records.RolloutStep;
using AvroWindows = StreamSched.Avro.Records.WindowPlan;
using CoreEvidence = StreamSched.Learning.Rollouts.Evidence;
using CoreState = StreamSched.Learning.Rollouts.RolloutState;
using CoreStep = StreamSched.Learning.Rollouts.RolloutStep;

namespace StreamSched.Rollouts;

/// <summary>Steps of a roll-out as records, and back.</summary>
internal static class RolloutRecords
{
    private const double Infinite = 1e30; // as the schema says
    private const int MostReasonBytes = 4096;

    /// <summary>The record of a step.</summary>
    /// <param name="step">The step.</param>
    public static AvroStep Of(CoreStep step) => new()
    {
        Sequence = step.Sequence, At = step.At, State = (AvroState)step.State, Champion = Of(step.Champion),
        Challenger = step.Challenger is { } challenger ? Of(challenger) : null, Former = step.Former is { } former ? Of(former) : null,
        Baseline = step.Baseline is { } baseline ? Of(baseline) : null,
        Windows = step.Windows is { } w
            ? new AvroWindows
            {
                Start = w.Start, End = w.End == long.MaxValue ? 0 : w.End, LengthMicros = w.Length, BurnInMicros = w.BurnIn, TailMicros = w.Tail,
                Share = w.Share, Seed = w.Seed, Baseline = w.IsBaseline,
            }
            : null,
        Evidence = [.. step.Evidence.Select(e => new AvroEvidence
        {
            Judge = e.Judge, Count = e.Count, Estimate = Finite(e.Estimate), Lower = Finite(e.Lower), Upper = Finite(e.Upper), Alpha = e.Alpha,
        })],
        Frozen = step.Frozen, By = step.By, Reason = step.Reason.Length > MostReasonBytes / 4 ? step.Reason[..(MostReasonBytes / 4)] : step.Reason,
    };

    /// <summary>The step of a record.</summary>
    /// <param name="record">A record that names what is known, see <see cref="PolicyLog"/>.</param>
    public static CoreStep Of(AvroStep record) => new()
    {
        Sequence = record.Sequence, At = record.At, State = (CoreState)record.State, Champion = Of(record.Champion),
        Challenger = record.Challenger is { } challenger ? Of(challenger) : null, Former = record.Former is { } former ? Of(former) : null,
        Baseline = record.Baseline is { } baseline ? Of(baseline) : null,
        Windows = record.Windows is null ? null : PolicyRecords.WindowsOf(record),
        Evidence = [.. record.Evidence.Select(e => new CoreEvidence(e.Judge, e.Count, Open(e.Estimate), Open(e.Lower), Open(e.Upper), e.Alpha))],
        Frozen = record.Frozen, By = record.By, Reason = record.Reason,
    };

    /// <summary>Names a version as records do.</summary>
    /// <param name="version">The version.</param>
    public static PolicyReference Of(PolicyVersion version) => new() { Name = version.Name, Version = version.Version, Digest = version.Digest.ToArray() };

    /// <summary>Names a version as a roll-out does.</summary>
    /// <param name="reference">The version.</param>
    public static PolicyVersion Of(PolicyReference reference) => new(reference.Name, reference.Version, reference.Digest);

    private static double Finite(double value) => double.IsNaN(value) ? 0 : Math.Clamp(value, -Infinite, Infinite);

    private static double Open(double value) => Math.Abs(value) < Infinite ? value : value * double.PositiveInfinity;
}
