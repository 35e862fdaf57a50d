using StreamSched.Core.Scheduling;

namespace StreamSched.Analysis.Replays;

/// <summary>A decision that came out differently, or that another policy would have taken differently.</summary>
/// <param name="Id">The request.</param>
/// <param name="At">When it was decided, µs since 1970.</param>
/// <param name="Scheduler">Who decided.</param>
/// <param name="Policy">Who chose.</param>
/// <param name="Recorded">What was recorded.</param>
/// <param name="Again">What came out.</param>
/// <param name="RecordedPlacement">Worker, processor and variant that were chosen; null: rejected.</param>
/// <param name="OtherPlacement">Those that came out; null: rejected.</param>
/// <param name="RecordedFeatures">Of the recorded choice; empty: it was a rejection.</param>
/// <param name="OtherFeatures">Of the other choice; empty: it is a rejection.</param>
internal sealed record ReplayedDecision(
    Guid Id, long At, string Scheduler, string Policy, ReplayedChoice Recorded, ReplayedChoice Again, string? RecordedPlacement, string? OtherPlacement,
    float[] RecordedFeatures, float[] OtherFeatures);
