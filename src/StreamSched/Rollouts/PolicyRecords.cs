using System.Globalization;
using StreamSched.Avro.Records;
using StreamSched.Core.Policies;
using CorePlan = StreamSched.Core.Rollouts.WindowPlan;

namespace StreamSched.Rollouts;

/// <summary>What the records of <c>policies</c> agree on: keys, parameters, and what names a version.</summary>
internal static class PolicyRecords
{
    /// <summary>Key of the step that put the serving policy into force.</summary>
    public const string Active = "active";

    /// <summary>Key of the latest step.</summary>
    public const string Rollout = "rollout";

    /// <summary>Key of what labels have shown of the variants' accuracies.</summary>
    public const string Accuracy = "accuracy";

    /// <summary>Parameter: T of the price rule.</summary>
    public const string Temperature = "temperature";

    /// <summary>Parameter: θ of the price rule.</summary>
    public const string RejectScore = "rejectScore";

    /// <summary>Key of a version, which keeps it for good.</summary>
    /// <param name="name">Of the line of versions.</param>
    /// <param name="version">The version.</param>
    public static string Version(string name, int version) => string.Create(CultureInfo.InvariantCulture, $"{name}/{version}");

    /// <summary>Key of a step, which keeps it for good.</summary>
    /// <param name="sequence">Its number.</param>
    public static string Step(long sequence) => string.Create(CultureInfo.InvariantCulture, $"step/{sequence}");

    /// <summary>The records of a step, in the order in which they are to be written.</summary>
    /// <param name="step">The step.</param>
    /// <param name="serving">The step that put the policy that serves so far into force; null: none is published.</param>
    public static IEnumerable<(string Key, byte[] Value)> Of(RolloutStep step, RolloutStep? serving)
    {
        byte[] told = step.ToFramed();
        yield return (Step(step.Sequence), told);
        yield return (Rollout, told);
        if (serving is null || !serving.Champion.Digest.AsSpan().SequenceEqual(step.Champion.Digest)) yield return (Active, told);
    }

    /// <summary>The windows of a step as schedulers go by them.</summary>
    /// <param name="step">A step that has some.</param>
    /// <returns>Null: what it says cannot be.</returns>
    public static CorePlan? WindowsOf(RolloutStep step)
    {
        WindowPlan told = step.Windows!;
        CorePlan plan = new()
        {
            Start = told.Start, End = told.End == 0 ? long.MaxValue : told.End, Length = told.LengthMicros, BurnIn = told.BurnInMicros,
            Tail = told.TailMicros, Share = told.Share, Seed = told.Seed, HoldsBack = told.Baseline || step.State == RolloutState.Active,
            IsBaseline = told.Baseline,
        };
        return plan.Validate().Count == 0 ? plan : null;
    }

    /// <summary>What names a version: of its file, or of its kind and parameters.</summary>
    /// <param name="snapshot">The version.</param>
    public static byte[] DigestOf(PolicySnapshot snapshot) =>
        snapshot.Model is { } model ? PolicyDigest.Of(model) : PolicyDigest.Of(snapshot.Kind, snapshot.Parameters);

    /// <summary>Names a version in a step.</summary>
    /// <param name="snapshot">The version.</param>
    public static PolicyReference ReferenceTo(PolicySnapshot snapshot) =>
        new() { Name = snapshot.Name, Version = snapshot.Version, Digest = snapshot.Digest ?? DigestOf(snapshot) };
}
