using StreamSched.Analysis.Replays;
using StreamSched.Core.Scheduling;

namespace StreamSched.Logs;

/// <summary>A recorded decision beside another one on the same candidates.</summary>
/// <param name="Id">The request.</param>
/// <param name="At">When.</param>
/// <param name="Scheduler">Who decided.</param>
/// <param name="Recorded">What was recorded.</param>
/// <param name="Other">The other one.</param>
/// <param name="Features">Of both placements, by name: recorded, other; what a rejection lacks is not a number.</param>
internal sealed record DecisionPair(
    Guid Id, DateTimeOffset At, string Scheduler, DecisionPair.Side Recorded, DecisionPair.Side Other, IReadOnlyDictionary<string, float[]> Features)
{
    /// <summary>Makes it.</summary>
    /// <param name="decision">The decision.</param>
    public static DecisionPair Of(ReplayedDecision decision)
    {
        float[] recorded = decision.RecordedFeatures, other = decision.OtherFeatures;
        IReadOnlyList<string> names = RecordedChoice.NamesOf(Math.Max(recorded.Length, other.Length));
        return new DecisionPair(
            decision.Id, DateTimeOffset.UnixEpoch.AddTicks(10 * decision.At), decision.Scheduler, Side.Of(decision.RecordedPlacement, decision.Recorded),
            Side.Of(decision.OtherPlacement, decision.Again),
            names.Select((name, i) => (name, (float[])[At(recorded, i), At(other, i)])).ToDictionary(f => f.name, f => f.Item2));

        static float At(float[] features, int i) => i < features.Length ? features[i] : float.NaN;
    }

    /// <summary>One of the two.</summary>
    /// <param name="Placement">Worker, processor and variant; null: rejected.</param>
    /// <param name="Policy">Who chose.</param>
    /// <param name="Propensity">How likely the choice was.</param>
    /// <param name="Explored">Whether it was explored.</param>
    internal sealed record Side(string? Placement, string Policy, float Propensity, bool Explored)
    {
        /// <summary>Makes it.</summary>
        /// <param name="placement">Worker, processor and variant.</param>
        /// <param name="choice">The choice.</param>
        public static Side Of(string? placement, in ReplayedChoice choice) => new(placement, choice.Policy, choice.Propensity, choice.Explored);
    }
}
