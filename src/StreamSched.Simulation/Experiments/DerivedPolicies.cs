using System.Globalization;
using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;
using StreamSched.Core.Registry;

namespace StreamSched.Simulation.Experiments;

/// <summary>
/// Policies that experiments make of others, by the names that their tables show: <c>RULE tuned</c>, <c>POLICY without PART</c> and
/// <c>RULE mask DEVIATIONS [due before]</c>, of which <c>threshold-on-queue</c> is followed by its threshold.
/// </summary>
public static class DerivedPolicies
{
    /// <summary>The matrices of interference, as the experiment <c>ecsrl</c> calls them.</summary>
    internal const string Matrix = "the matrix", LearnedTimes = "learned times";

    private const string WithoutWord = " without ", MaskWord = " mask ", DueBefore = " due before";

    /// <summary>What can be left out of the view that a policy decides by.</summary>
    internal static readonly IReadOnlyDictionary<string, Func<ViewSettings, ViewSettings>> Parts =
        new Dictionary<string, Func<ViewSettings, ViewSettings>>(StringComparer.Ordinal)
        {
            ["capacity price"] = v => v with { CapacityWeight = 0 }, ["delay price"] = v => v with { DelayWeight = 0 },
            ["any price"] = v => v with { CapacityWeight = 0, DelayWeight = 0 }, ["scaled view"] = v => v with { Scaled = false },
            [LearnedTimes] = v => v with { Correction = false }, ["interference"] = v => v with { Interference = false },
            [Matrix] = v => v with { Interference = false },
        };

    /// <summary>How names are made, for help texts.</summary>
    public static string Forms => $"RULE tuned; POLICY without {string.Join(", ", Parts.Keys)}; RULE mask DEVIATIONS, RULE mask DEVIATIONS due before";

    /// <summary>Finds a policy by the name that a table shows.</summary>
    /// <param name="name">The name.</param>
    /// <param name="find">Finds the policy that it is made of.</param>
    /// <returns>Null: the name has none of these forms.</returns>
    public static PolicyEntry? Find(string name, Func<string, PolicyEntry> find)
    {
        if (PolicyEntry.Tuned.FirstOrDefault(t => t.Name == name) is { } tuned) return tuned;
        if (name.LastIndexOf(WithoutWord, StringComparison.Ordinal) is > 0 and int without && Parts.ContainsKey(name[(without + WithoutWord.Length)..]))
            return Without(find(name[..without]), name[(without + WithoutWord.Length)..]);
        if (name.LastIndexOf(MaskWord, StringComparison.Ordinal) is not (> 0 and int mask)) return null;
        string rule = name[..mask], deviations = name[(mask + MaskWord.Length)..];
        WaitingRule waiting = WaitingRule.Everything;
        if (deviations.EndsWith(DueBefore, StringComparison.Ordinal)) (deviations, waiting) = (deviations[..^DueBefore.Length], WaitingRule.DueBefore);
        float? threshold = null;
        if (rule.StartsWith(PolicyNames.ThresholdOnQueue + " ", StringComparison.Ordinal))
        {
            if (!TryNumber(rule[(PolicyNames.ThresholdOnQueue.Length + 1)..], out float given) || given <= 0) return null;
            (rule, threshold) = (PolicyNames.ThresholdOnQueue, given);
        }

        return TryNumber(deviations, out float sigmas) && Math.Abs(sigmas) <= 10 ? Masked(find(rule), threshold, sigmas, waiting) : null;
    }

    /// <summary>A policy that does not have a part of the view.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="part">One of <see cref="Parts"/>.</param>
    internal static PolicyEntry Without(PolicyEntry policy, string part) =>
        policy with
        {
            Name = policy.Name + WithoutWord + part,
            IsHeuristic = false,
            Settings = policy.Settings with { View = Parts[part](policy.Settings.View) },
        };

    /// <summary>A rule with other parameters.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="threshold">Of threshold-on-queue, as a share of the time left; null: as it is.</param>
    /// <param name="deviations">By how many standard deviations a candidate may, or must not, be late on the mean.</param>
    /// <param name="waiting">What waiting it sees.</param>
    internal static PolicyEntry Masked(PolicyEntry rule, float? threshold, float deviations, WaitingRule waiting) => rule with
    {
        Name = FormattableString.Invariant(
            $"{rule.Name}{(threshold is { } t ? $" {t}" : "")}{MaskWord}{deviations}{(waiting == WaitingRule.DueBefore ? DueBefore : "")}"),
        Settings = rule.Settings with { Prediction = rule.Settings.Prediction with { MaskDeviations = deviations, Waiting = waiting } },
        Create = threshold is { } share ? _ => PolicyCatalogue.ThresholdOnQueue(share) : rule.Create,
    };

    private static bool TryNumber(string text, out float number) =>
        float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && float.IsFinite(number);
}
