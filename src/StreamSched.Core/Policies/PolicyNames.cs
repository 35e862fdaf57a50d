namespace StreamSched.Core.Policies;

/// <summary>The names that policies are configured and recorded under.</summary>
public static class PolicyNames
{
    /// <summary>The price rule with its assumptions learned; from a file.</summary>
    public const string Neural = "neural";

    /// <summary>LinUCB over placements.</summary>
    public const string LinUcb = "lin-ucb";

    /// <summary>A neural bandit over placements.</summary>
    public const string NeuralUcb = "neural-ucb";

    /// <summary>ASET: argmin d'.</summary>
    public const string Closest = "closest";

    /// <summary>ASET: argmin load.</summary>
    public const string LoadBalancing = "load-balancing";

    /// <summary>ASET: argmax d'.</summary>
    public const string Farthest = "farthest";

    /// <summary>ASET: argmax 2d' + D_v.</summary>
    public const string Cheaper = "cheaper";

    /// <summary>ASET: P ∝ 1 / (2d' + D_v).</summary>
    public const string RandomProportionalLatency = "random-proportional-latency";

    /// <summary>ASET: P ∝ C_v / L.</summary>
    public const string RandomProportionalLoad = "random-proportional-load";

    /// <summary>ASET: argmin 2d' + D_v.</summary>
    public const string LeastImpedance = "least-impedance";

    /// <summary>One step of policy improvement over a random split.</summary>
    public const string OneStepImprovement = "one-step-improvement";

    /// <summary>The smallest model that is accurate enough, never another.</summary>
    public const string AlwaysSmall = "always-small";

    /// <summary>The largest model, never another.</summary>
    public const string AlwaysLarge = "always-large";

    /// <summary>The largest model whose queue is short.</summary>
    public const string ThresholdOnQueue = "threshold-on-queue";

    /// <summary>Earliest predicted completion.</summary>
    public const string EarliestFinish = "earliest-finish";

    /// <summary>The farthest that still meets the deadline.</summary>
    public const string DeadlineFarthest = "deadline-farthest";

    /// <summary>Any feasible one.</summary>
    public const string Random = "random";

    /// <summary>The processor that is free the soonest.</summary>
    public const string LeastLoaded = "least-loaded";

    /// <summary>The better of two drawn at random.</summary>
    public const string PowerOfTwo = "power-of-two";

    /// <summary>The most accurate.</summary>
    public const string MostAccurate = "most-accurate";

    /// <summary>Prequal: of the processors that were probed the quickest that is not hot.</summary>
    public const string Prequal = "prequal";

    /// <summary>The least latency, by a prediction that learns from answers.</summary>
    public const string PredictedLatency = "predicted-latency";

    /// <summary>SuperServe's SlackFit: the model and batch that use up the slack.</summary>
    public const string SlackFit = "slackfit";

    /// <summary>ECSRL's objective by prediction: least weighted energy and completion time.</summary>
    public const string EcsrlGreedy = "ecsrl-greedy";

    /// <summary>Highest expected value less the price of what it uses.</summary>
    public const string Price = "price";
}
