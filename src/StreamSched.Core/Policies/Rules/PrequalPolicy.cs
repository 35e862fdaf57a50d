using StreamSched.Core.Cluster;
using StreamSched.Core.Prediction;

namespace StreamSched.Core.Policies.Rules;

/// <summary>
/// Prequal (Wydrowski, Kleinberg, Rumble, Archer, NSDI 2024): of the processors that were probed lately, those whose requests in flight are above a quantile
/// are hot; the quickest of the others is chosen, or the hot one with the fewest requests in flight where all are. A probe is a look at the view, and is used
/// by later requests, since the paper sends probes beside the request and waits for none. Of a processor's models the one that completes first is taken.
/// </summary>
internal sealed class PrequalPolicy : ISchedulingPolicy
{
    // Seconds of latency: cold before hot, hot before what no probe of the pool has seen, the model that completes first before the others.
    private const float Hot = 1e3f, NotProbed = 1e6f;

    // By task, since a client of the paper has a pool for each service.
    private ProbePool?[] _pools = [];

    // Scratch of one decision: the task's processors that get work, and by processor the feasible candidate that completes first.
    private int[] _processors = [];
    private int[] _first = [];
    private uint[] _seen = [];
    private uint _decision;

    public string Name => PolicyNames.Prequal;

    public Choice Choose(ref DecisionContext context)
    {
        Candidates c = context.Candidates;
        ClusterView view = context.View;
        ProbePool pool = PoolOf(context.Request.Task);
        int processors = Survey(c, view), feasible = 0;
        pool.Discard(view);
        c.Score.Fill(-NotProbed);
        for (int i = 0; i < processors; i++)
            if (_first[_processors[i]] >= 0) feasible++;

        Choice choice = FromPool(c, pool, out int usable);
        bool used = usable >= Math.Min(ProbePool.Fewest, feasible);
        if (!used) choice = AtRandom(ref context, processors, feasible);
        int processor = c.Processor[choice.Index];
        pool.Sent(processor, view.InverseSlotsOf(processor), used);
        for (int i = 0; i < ProbePool.RemovedPerRequest; i++) pool.RemoveOne();
        Probe(ref context, pool, processors, processor);
        return choice;
    }

    /// <summary>The probes of a task.</summary>
    /// <param name="task">Index of a task.</param>
    internal ProbePool PoolOf(int task)
    {
        if (task >= _pools.Length) Array.Resize(ref _pools, task + 8);
        return _pools[task] ??= new ProbePool();
    }

    private int Survey(Candidates c, ClusterView view)
    {
        if (_seen.Length < view.ProcessorCount)
        {
            int length = 2 * view.ProcessorCount;
            (_processors, _first, _seen) = (new int[length], new int[length], new uint[length]);
        }

        _decision++;
        ReadOnlySpan<int> mask = c.Mask, processor = c.Processor;
        ReadOnlySpan<float> slack = c.Slack, available = view.Available;
        int count = 0;
        for (int i = 0; i < c.Count; i++)
        {
            int p = processor[i];
            if (!(available[p] > 0)) continue;
            if (_seen[p] != _decision)
            {
                (_seen[p], _first[p]) = (_decision, -1);
                _processors[count++] = p;
            }

            if (mask[i] != 0 && (_first[p] < 0 || slack[i] > slack[_first[p]])) _first[p] = i;
        }

        return count;
    }

    // Scores of the processors that were probed and are feasible for this request, and the best of them.
    private Choice FromPool(Candidates c, ProbePool pool, out int usable)
    {
        Span<float> score = c.Score;
        ReadOnlySpan<float> networkOut = c.NetworkOut, networkBack = c.NetworkBack, processorTime = c.ProcessorTime;
        int best = -1;
        usable = 0;
        foreach (ref readonly Probe probe in pool.Probes)
        {
            // It may get no work at present, or not this request's.
            if (_seen[probe.Processor] != _decision || _first[probe.Processor] is not (>= 0 and int i)) continue;
            usable++;

            // As its device would see it: the worker's queue as it was when it was probed, what the request itself takes, and the network delay of its site.
            float latency = networkOut[i] + networkBack[i] + Math.Max(0, probe.Backlog - networkOut[i]) + processorTime[i];
            score[i] = pool.IsHot(probe) ? -Hot * (1 + probe.InFlight) : -latency;
            if (best < 0 || score[i] > score[best]) best = i;
        }

        return new Choice(best);
    }

    private Choice AtRandom(ref DecisionContext context, int processors, int feasible)
    {
        Candidates c = context.Candidates;
        Span<float> probability = c.Probability, score = c.Score;
        probability.Clear();
        score.Fill(-NotProbed);
        int draw = context.NextInt32(feasible), chosen = -1;
        float share = 1f / feasible;
        for (int i = 0; i < processors; i++)
        {
            int first = _first[_processors[i]];
            if (first < 0) continue;
            (probability[first], score[first]) = (share, 0);
            if (draw-- == 0) chosen = first;
        }

        context.IsStochastic = true;
        return new Choice(chosen, share);
    }

    // New probes for the requests that follow, of processors drawn without replacement.
    private void Probe(ref DecisionContext context, ProbePool pool, int processors, int sentTo)
    {
        ClusterView view = context.View;
        int capacity = ProbePool.CapacityOf(processors);
        float reuse = ProbePool.Reuse(processors);
        for (int i = 0; i < Math.Min(ProbePool.PerRequest, processors); i++)
        {
            int drawn = i + context.NextInt32(processors - i), p = _processors[drawn];
            (_processors[drawn], _processors[i]) = (_processors[i], p);
            int uses = (int)reuse;
            if (context.NextSingle() < reuse - uses) uses++;
            float backlog = view.Backlog[p];
            pool.Add(
                new Probe
                {
                    Processor = p, Worker = view.WorkerOf(p)!, At = view.Now, Backlog = backlog, Latency = backlog + view.MeanProcessorTime[p], UsesLeft = uses,

                    // The view does not count the request yet.
                    InFlight = view.InFlightPerSlot(p) + (p == sentTo ? view.InverseSlotsOf(p) : 0),
                },
                capacity);
        }
    }
}
