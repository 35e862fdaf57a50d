using StreamSched.Core.Cluster;
using StreamSched.Core.Prediction;
using StreamSched.Core.Requests;

namespace StreamSched.Core.Policies.Learned;

/// <summary>
/// The state of ECSRL (SenSys 2021) as each placement sees it: how many of which models run on its device, what the request needs, the slow-down that the
/// interference matrices predict and the one that was measured. One row per candidate instead of one vector for a fixed number of devices, so that a network
/// serves any cluster.
/// </summary>
internal static class EcsrlFeatures
{
    /// <summary>Version of this layout.</summary>
    public const int Layout = 2;

    /// <summary>Where the predicted reward stands. The network's output is added to it, so that an untrained network is the rule of ECSRL's objective.
    /// </summary>
    public const int Predicted = FirstModel + Models;

    private static readonly EcsrlReward Objective = new();

    // Of a device's variants, from the least accurate on; more than so many are counted with the last.
    private const int Models = 4, FirstModel = 13;

    // Whatever is predicted to cost more is out of the question.
    private const float Dearest = 50;

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "log remaining", "minAccuracy", "running everywhere", "use/remaining", "waiting/remaining", "network/remaining", "completion/remaining", "log solo",
        "predicted slow-down", "measured slow-down", "accuracy", "joules", "running here", "model 1 running", "model 2 running", "model 3 running",
        "model 4 running", "predicted reward",
    ];

    /// <summary>Length of a row.</summary>
    public static int Count => Names.Count;

    /// <summary>Features of the feasible candidates.</summary>
    /// <param name="request">The request.</param>
    /// <param name="c">Its candidates.</param>
    /// <param name="view">The view.</param>
    /// <param name="rows">Their numbers.</param>
    /// <param name="features">[rows, <see cref="Count"/>].</param>
    public static void Encode(in Request request, Candidates c, ClusterView view, FeasibleRows rows, Span<float> features)
    {
        ReadOnlySpan<int> placement = c.Placement, processor = c.Processor;
        float remaining = Math.Max(1e-3f, c.Remaining);
        int everywhere = 0;
        for (int i = 0; i < c.Count; i++) everywhere += view.InFlightOf(placement[i]);
        int width = Names.Count;
        for (int i = 0; i < c.Count; i++)
        {
            if (rows[i] < 0) continue;
            Span<float> x = features.Slice(rows[i] * width, width);
            float processorTime = c.ProcessorTime[i], solo = Math.Max(1e-6f, c.Solo[i]);
            x[0] = MathF.Log(remaining / 0.1f) / 2;
            x[1] = request.MinAccuracy;
            x[2] = everywhere / 32f;
            x[3] = Bounded(processorTime / remaining);
            x[4] = Bounded(c.Waiting[i] / remaining);
            x[5] = Bounded((c.NetworkOut[i] + c.NetworkBack[i]) / remaining);
            x[6] = Bounded(c.Completion[i] / remaining);
            x[7] = MathF.Log(solo / 0.02f) / 2;
            x[8] = Bounded((processorTime / solo) - 1);
            x[9] = Bounded(view.SlowdownOf(placement[i]) - 1);
            x[10] = c.Accuracy[i];
            x[11] = Bounded(processorTime * c.Watts[i]);
            x[Predicted] = Math.Max(-Dearest, -(Objective.PerJoule * processorTime * c.Watts[i]) - (Objective.PerSecond * c.Completion[i]));
            Running(x, placement[i], processor[i], view);
        }
    }

    private static void Running(Span<float> x, int placement, int processor, ClusterView view)
    {
        x[12..Predicted].Clear();
        x[12] = view.InFlightOf(placement) / 8f;
        if (view.WorkerOf(processor) is not { } worker) return;
        IReadOnlyList<int> here = worker.Placements;
        for (int k = 0; k < here.Count; k++)
        {
            int running = view.InFlightOf(here[k]);
            if (running == 0) continue;
            int rank = 0;
            float accuracy = view.VariantOf(here[k]).Accuracy;
            for (int j = 0; j < here.Count; j++)
                if (view.VariantOf(here[j]).Accuracy < accuracy) rank++;
            x[FirstModel + Math.Min(rank, Models - 1)] += running / 8f;
        }
    }

    private static float Bounded(float ratio) => float.IsNaN(ratio) ? 0 : Math.Clamp(ratio, -3, 3);
}
