using System.Collections.Frozen;
using StreamSched.Core.Policies;
using StreamSched.Core.Policies.Rules;

namespace StreamSched.Core.Scheduling;

/// <summary>The registered policies by name. Adding one: its class, its name, a line here, its test.</summary>
public static class PolicyCatalogue
{
    private static readonly FrozenDictionary<string, PolicyRegistration> Registrations = new PolicyRegistration[]
    {
        new(PolicyNames.Closest, "the nearest (ASET)", static _ => new ClosestPolicy()),
        new(PolicyNames.LoadBalancing, "the processor with the least load (ASET)", static _ => new LoadBalancingPolicy()),
        new(PolicyNames.Farthest, "the farthest (ASET)", static _ => new FarthestPolicy()),
        new(PolicyNames.Cheaper, "the largest network and run time that is feasible: far is cheap (ASET)", static _ => new CheaperPolicy()),
        new(PolicyNames.RandomProportionalLatency, "at random, the nearer and quicker the likelier (ASET)", static _ => new RandomProportionalLatencyPolicy()),
        new(PolicyNames.RandomProportionalLoad, "at random, the less loaded the likelier (ASET)", static _ => new RandomProportionalLoadPolicy()),
        new(PolicyNames.LeastImpedance, "smallest network and run time, whatever waits (ASET)", static _ => new LeastImpedancePolicy()),
        new(PolicyNames.OneStepImprovement, "least completion and delay of those who come after, one improvement of a random split", static _ => new OneStepImprovementPolicy()),
        new(PolicyNames.AlwaysSmall, "the smallest model that is accurate enough, earliest finish; rejects where that is not feasible", static _ => new AlwaysSmallPolicy()),
        new(PolicyNames.AlwaysLarge, "the largest model, earliest finish; rejects where that is not feasible", static _ => new AlwaysLargePolicy()),
        new(PolicyNames.ThresholdOnQueue, "the largest model whose queue is shorter than a tenth of the time left, else the earliest finish", static _ => new ThresholdOnQueuePolicy()),
        new(PolicyNames.EarliestFinish, "earliest predicted completion", static _ => new EarliestFinishPolicy()),
        new(PolicyNames.DeadlineFarthest, "the farthest candidate that still meets the deadline", static _ => new DeadlineFarthestPolicy()),
        new(PolicyNames.LeastLoaded, "the processor that is free the soonest", static _ => new LeastLoadedPolicy()),
        new(PolicyNames.MostAccurate, "the most accurate feasible candidate", static _ => new MostAccuratePolicy()),
        new(PolicyNames.PowerOfTwo, "the earlier to finish of two drawn at random", static _ => new PowerOfTwoPolicy()),
        new(PolicyNames.Random, "any feasible candidate", static _ => new RandomPolicy()),
        new(PolicyNames.Price, "highest expected value less the price of what it uses", static p => new PricePolicy(p)),
    }.ToFrozenDictionary(r => r.Name, StringComparer.Ordinal);

    /// <summary>All policies, by name.</summary>
    public static IReadOnlyList<PolicyRegistration> All { get; } = [.. Registrations.Values.OrderBy(r => r.Name, StringComparer.Ordinal)];

    /// <summary>Whether a name is registered.</summary>
    /// <param name="name">A policy's name.</param>
    public static bool Contains(string name) => Registrations.ContainsKey(name);

    /// <summary>The threshold on the queue with another threshold than the registered one, for searches.</summary>
    /// <param name="share">Longest queue, as a share of the time that is left.</param>
    public static ISchedulingPolicy ThresholdOnQueue(float share) => new ThresholdOnQueuePolicy(share);

    /// <summary>Makes a policy.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="price">Parameters of the price rule.</param>
    /// <exception cref="ArgumentException">No policy has this name.</exception>
    public static ISchedulingPolicy Create(string name, PriceParameters price) =>
        Registrations.TryGetValue(name, out PolicyRegistration? registration)
            ? registration.Create(price)
            : throw new ArgumentException($"there is no policy '{name}'; there are: {string.Join(", ", All.Select(r => r.Name))}");
}
