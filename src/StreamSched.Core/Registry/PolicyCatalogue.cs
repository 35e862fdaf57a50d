using System.Collections.Frozen;
using StreamSched.Core.Networks;
using StreamSched.Core.OnlineLearning;
using StreamSched.Core.Policies;
using StreamSched.Core.Policies.Learned;
using StreamSched.Core.Policies.Rules;
using StreamSched.Core.PolicyFiles;
using StreamSched.Core.Prediction;

namespace StreamSched.Core.Registry;

/// <summary>All policies by name: every command, record and table finds them here. Adding one: its class, its name, an entry here, its test.</summary>
public static class PolicyCatalogue
{
    // A training takes some milliseconds, in which nothing is decided: it may not come more often than every thousandth answer.
    private static readonly NeuralUcbSettings NeuralBandit = new()
    {
        Hidden = [24, 12], Exploration = 0.1, TrainPeriod = 1024, Minibatches = 48, Memory = 4096,
    };

    private static readonly FrozenDictionary<string, PolicyRegistration> Registrations = new PolicyRegistration[]
    {
        Rule(PolicyNames.Closest, "the nearest (ASET)", static () => new ClosestPolicy()),
        Rule(PolicyNames.LoadBalancing, "the processor with the least load (ASET)", static () => new LoadBalancingPolicy()),
        Rule(PolicyNames.Farthest, "the farthest (ASET)", static () => new FarthestPolicy()),
        Rule(PolicyNames.Cheaper, "the largest network delay and batch time that is feasible: far is cheap (ASET)", static () => new CheaperPolicy()),
        Rule(
            PolicyNames.RandomProportionalLatency, "at random, the nearer and quicker the likelier (ASET)", static () => new RandomProportionalLatencyPolicy()),
        Rule(PolicyNames.RandomProportionalLoad, "at random, the less loaded the likelier (ASET)", static () => new RandomProportionalLoadPolicy()),
        Rule(PolicyNames.LeastImpedance, "smallest network delay and batch time, whatever waits (ASET)", static () => new LeastImpedancePolicy()),
        Rule(
            PolicyNames.OneStepImprovement, "least completion and delay of those who come after, one improvement of a random split",
            static () => new OneStepImprovementPolicy()),
        Rule(PolicyNames.AlwaysSmall, "the smallest model that is accurate enough, earliest finish; rejects where that is not feasible",
            static () => new OneSizePolicy(PolicyNames.AlwaysSmall, ModelSize.Smallest)),
        Rule(PolicyNames.AlwaysLarge, "the largest model, earliest finish; rejects where that is not feasible",
            static () => new OneSizePolicy(PolicyNames.AlwaysLarge, ModelSize.Largest)),
        Rule(
            PolicyNames.ThresholdOnQueue, "the largest model whose queue is shorter than a tenth of the time left, else the earliest finish",
            static () => new ThresholdOnQueuePolicy()),
        Rule(PolicyNames.EarliestFinish, "earliest predicted completion", static () => new EarliestFinishPolicy()),
        Rule(PolicyNames.DeadlineFarthest, "the farthest candidate that still meets the deadline", static () => new DeadlineFarthestPolicy()),
        Rule(PolicyNames.LeastLoaded, "the processor that is free the soonest", static () => new LeastLoadedPolicy()),
        Rule(PolicyNames.MostAccurate, "the most accurate feasible candidate", static () => new MostAccuratePolicy()),
        Rule(PolicyNames.PowerOfTwo, "the earlier to finish of two drawn at random", static () => new PowerOfTwoPolicy()),
        Rule(PolicyNames.Prequal, "of the processors that were probed lately the quickest among those with few requests in flight (Prequal)",
            static () => new PrequalPolicy(), isReplayable: false),
        Rule(PolicyNames.SlackFit, "the model and batch whose profiled time comes nearest to the slack, earliest finish between workers (SuperServe)",
            static () => new SlackFitPolicy(), isReplayable: false),
        Rule(PolicyNames.Random, "any feasible candidate", static () => new RandomPolicy()),
        Rule(PolicyNames.EcsrlGreedy, "least predicted energy and completion time, ECSRL's objective without learning", static () => new EcsrlGreedyPolicy()),
        new(PolicyNames.Price, "highest expected value less the price of what it uses")
        {
            Create = static (price, _) => new PricePolicy(price), TrainedBy = [PolicyNames.Price], IsReplayable = true,
        },

        new(PolicyNames.LinUcb, "highest upper confidence bound of the outcome's value, linear in the features, learned while it serves (LinUCB)")
        {
            Create = static (_, _) => new BanditPolicy(PolicyNames.LinUcb, NewLinUcb()),
            Read = static (file, _) => BanditPolicy.Of(file, _ => NewLinUcb()), FeatureLayout = ArmFeatures.Layout, Learns = true,
            IsAskable = true,
        },
        new(PolicyNames.NeuralUcb, "the same over what a network makes of the features (NeuralUCB)")
        {
            Create = static (_, seed) => new BanditPolicy(PolicyNames.NeuralUcb, NewNeuralUcb(seed)),
            Read = static (file, _) => BanditPolicy.Of(file, network => NeuralUcbOf(network, isFixed: true)), FeatureLayout = ArmFeatures.Layout,
            Learns = true, IsAskable = true,
        },
        new(PolicyNames.PredictedLatency, "least latency by a prediction that is corrected by a regression on answers while it serves (as llm-d routes)")
        {
            Create = static (_, _) => new PredictedLatencyPolicy(), Learns = true,
        },

        new(AsetPolicy.Kind, "the one of ASET's seven static policies that a network expects to answer most in the next window")
        {
            Read = static (file, _) => AsetPolicy.Of(file), FeatureLayout = AsetWindow.Layout, TrainedBy = [AsetPolicy.Kind],
        },
        new(EcsrlPolicy.Kind, "device and variant that a network expects to cost the least energy and time (ECSRL)")
        {
            Read = static (file, _) => EcsrlPolicy.Of(file), FeatureLayout = EcsrlFeatures.Layout, TrainedBy = [EcsrlPolicy.Kind, "ecsrl-no-matrix"],
        },
        new(PolicyNames.Neural, "the price rule with on-time probability and price of delay corrected by a network")
        {
            Read = NeuralPolicy.Create, FeatureLayout = FeatureEncoder.RatioLayout, TrainedBy = [PolicyNames.Neural],
            IsReplayable = true,
        },
        new(TanPolicy.Kind, "small or large model, by a network with or without a memory for the hidden state of the load (Tan et al.)")
        {
            Read = static (file, _) => TanPolicy.Of(file), FeatureLayout = TanFeatures.Layout, TrainedBy = [TanPolicy.Kind, "tan-no-memory"],
        },
    }.ToFrozenDictionary(r => r.Name, StringComparer.Ordinal);

    /// <summary>All policies, by name.</summary>
    public static IReadOnlyList<PolicyRegistration> All { get; } = [.. Registrations.Values.OrderBy(r => r.Name, StringComparer.Ordinal)];

    /// <summary>Those that need no file, by name.</summary>
    public static IReadOnlyList<PolicyRegistration> BuiltIn { get; } = [.. All.Where(r => !r.NeedsFile)];

    /// <summary>Those that need no file and do not learn, by name: what can step in for another.</summary>
    public static IReadOnlyList<PolicyRegistration> Rules { get; } = [.. BuiltIn.Where(r => !r.Learns)];

    /// <summary>The policy of a name; null: there is none.</summary>
    /// <param name="name">A policy's name.</param>
    public static PolicyRegistration? Find(string name) => Registrations.GetValueOrDefault(name);

    /// <summary>Whether a policy of this name can be made without a file.</summary>
    /// <param name="name">A policy's name.</param>
    public static bool IsBuiltIn(string name) => Find(name) is { NeedsFile: false };

    /// <summary>The threshold on the queue with another threshold than the registered one, for searches.</summary>
    /// <param name="share">Longest waiting, as a fraction of the time that is left.</param>
    public static ISchedulingPolicy ThresholdOnQueue(float share) => new ThresholdOnQueuePolicy(share);

    /// <summary>Makes a policy that needs no file.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="price">Parameters of the price rule.</param>
    /// <param name="seed">Of what it draws first.</param>
    /// <exception cref="ArgumentException">No such policy has this name.</exception>
    public static ISchedulingPolicy Create(string name, PriceParameters price, ulong seed = 1) =>
        Find(name)?.Create is { } create
            ? create(price, seed) : throw new ArgumentException($"there is no policy '{name}'; there are: {string.Join(", ", BuiltIn.Select(r => r.Name))}");

    /// <summary>Makes the policy of a file.</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="PolicyFileException">This build knows no such policy, computes other features, or the network does not fit.</exception>
    public static ISchedulingPolicy Create(PolicyFile file)
    {
        PolicyMetadata metadata = file.Metadata;
        if (Find(metadata.Name) is not { Read: { } read } registration)
        {
            string known = string.Join(", ", All.Where(r => r.Read is not null).Select(r => r.Name));
            throw new PolicyFileException(metadata.Name.Length == 0
                ? $"the file does not say which policy it is for (metadata streamsched.name); there are: {known}"
                : $"the file is for a policy '{metadata.Name}', which this build does not know; there are: {known}");
        }

        if (metadata.FeatureLayout != registration.FeatureLayout)
        {
            throw new PolicyFileException(
                $"the file is for layout {metadata.FeatureLayout} of the features of '{metadata.Name}', "
                + $"this build computes layout {registration.FeatureLayout}: train it anew, or use the build that it came with");
        }

        return read(file, RuleConstantsText.Read(metadata) ?? new RuleConstants());
    }

    /// <summary>The bandit of <see cref="PolicyNames.LinUcb"/>, which knows nothing yet.</summary>
    internal static LinUcb NewLinUcb() => new(ArmFeatures.Count, exploration: 0.1);

    /// <summary>The bandit of <see cref="PolicyNames.NeuralUcb"/>, which knows nothing yet.</summary>
    /// <param name="seed">Of its first parameters.</param>
    internal static NeuralUcb NewNeuralUcb(ulong seed) => new(ArmFeatures.Count, NeuralBandit, seed);

    /// <summary>The same with what a network makes of the features.</summary>
    /// <param name="network">From features to the reward.</param>
    /// <param name="isFixed">Whether that stays as it is: what many schedulers have learned is not given up for what one of them sees.</param>
    internal static NeuralUcb NeuralUcbOf(Network network, bool isFixed) => new(network, NeuralBandit, isFixed);

    private static PolicyRegistration Rule(string name, string summary, Func<ISchedulingPolicy> create, bool isReplayable = true) =>
        new(name, summary) { Create = (_, _) => create(), IsReplayable = isReplayable };
}
