using StreamSched.Core.Cluster;
using StreamSched.Core.Prediction;
using StreamSched.Core.Serving;

namespace StreamSched.Core.Policies.Rules;

/// <summary>
/// SlackFit of SuperServe (Khare et al., NSDI 2025): profiled batch times of (model, batch size) are divided into buckets of equal width; the bucket nearest
/// below the request's slack is taken, and in it the tuple with the largest batch. Each processor has its own profile here, hence its own buckets; between
/// processors the earliest finish wins. The worker forms the batch, so that what is chosen of a tuple is its model.
/// </summary>
internal sealed class SlackFitPolicy : ISchedulingPolicy
{
    /// <summary>Buckets between the shortest and the longest batch time of a processor.</summary>
    internal const int Buckets = 10;

    // In seconds of slack: a candidate that is not its processor's choice is behind every one that is.
    private const float NotChosen = 1000;

    // Batch times that are equal but for rounding are equal.
    private const float Rounding = 1.0001f;

    // By processor; scratch of one decision.
    private Fit[] _fits = [];
    private uint _decision;

    public string Name => PolicyNames.SlackFit;

    public Choice Choose(ref DecisionContext context)
    {
        Candidates c = context.Candidates;
        ClusterView view = context.View;
        Span<float> score = c.Score;
        ReadOnlySpan<float> slack = c.Slack, processorTime = c.ProcessorTime, accuracy = c.Accuracy;
        ReadOnlySpan<int> mask = c.Mask, processor = c.Processor;
        Profile(c, view);
        for (int i = 0; i < c.Count; i++)
        {
            score[i] = slack[i] - NotChosen;
            if (mask[i] == 0) continue;
            ref Fit fit = ref _fits[processor[i]];

            // Deadline less age, network delay and waiting.
            Tuple tuple = fit.Largest(view.ServiceOf(c.Placement[i]), Slowdown(c, view, i), slack[i] + processorTime[i]);
            if (fit.Candidate >= 0 && !IsBetter(tuple, accuracy[i], fit.Best, accuracy[fit.Candidate])) continue;
            (fit.Candidate, fit.Best) = (i, tuple);
        }

        for (int i = 0; i < c.Count; i++)
            if (mask[i] != 0 && _fits[processor[i]].Candidate == i) score[i] = slack[i];
        return new Choice(Ranking.Best(c));
    }

    // The shortest and the longest batch time of each processor's models, whatever else the mask says: profiles are made before requests come.
    private void Profile(Candidates c, ClusterView view)
    {
        if (_fits.Length < view.ProcessorCount) _fits = new Fit[2 * view.ProcessorCount];
        _decision++;
        ReadOnlySpan<int> placement = c.Placement, processor = c.Processor;
        for (int i = 0; i < c.Count; i++)
        {
            ref Fit fit = ref _fits[processor[i]];
            if (fit.Decision != _decision) fit = new Fit { Decision = _decision, Candidate = -1, Shortest = float.PositiveInfinity };
            if (c.Table.Fits[i] == 0) continue;
            ServiceTable table = view.ServiceOf(placement[i]);
            float slowdown = Slowdown(c, view, i);
            fit.Shortest = Math.Min(fit.Shortest, table.Seconds(1) * slowdown);
            fit.Longest = Math.Max(fit.Longest, table.Seconds(table.BestBatch) * slowdown);
        }
    }

    // By how much the profile is corrected for what is measured, as it is in all predictions.
    private static float Slowdown(Candidates c, ClusterView view, int candidate)
    {
        ServiceTable table = view.ServiceOf(c.Placement[candidate]);
        return c.Capacity[candidate] / table.PerRequest(table.BestBatch);
    }

    // Higher bucket, then larger batch, then more accurate; where nothing fits into the slack, the quickest.
    private static bool IsBetter(in Tuple one, float oneAccuracy, in Tuple other, float otherAccuracy)
    {
        if (one.Bucket != other.Bucket) return one.Bucket > other.Bucket;
        if (one.Bucket < 0) return one.BatchTime < other.BatchTime;
        return one.Batch != other.Batch ? one.Batch > other.Batch : oneAccuracy > otherAccuracy;
    }

    // A model in a batch of a size, and the bucket that its batch time is in; -1: no batch of it fits into the slack.
    private readonly record struct Tuple(int Bucket, int Batch, float BatchTime);

    private struct Fit
    {
        public uint Decision;
        public float Shortest, Longest;
        public int Candidate;
        public Tuple Best;

        // Of one model the largest batch that is within the bucket nearest below the slack: batch times grow with batches, so that no other is in a higher one.
        public readonly Tuple Largest(ServiceTable table, float slowdown, float slack)
        {
            float width = (Longest - Shortest) / Buckets;
            float full = width > 0 ? Math.Min(Buckets, MathF.Floor((slack - Shortest) / width)) : slack < Shortest ? -1 : 0;
            float bound = full < 0 ? 0 : (Shortest + (full * width)) * Rounding;
            int batch = table.BestBatch;
            while (batch > 0 && table.Seconds(batch) * slowdown > bound) batch--;
            if (batch == 0) return new Tuple(-1, 1, table.Seconds(1) * slowdown);
            float batchTime = table.Seconds(batch) * slowdown, above = (batchTime / Rounding) - Shortest;
            return new Tuple(above > 0 ? (int)MathF.Ceiling(above / width) : 0, batch, batchTime);
        }
    }
}
