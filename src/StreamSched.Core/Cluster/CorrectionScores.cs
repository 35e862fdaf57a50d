namespace StreamSched.Core.Cluster;

/// <summary>
/// Whether a network's on-time probabilities are better than the rule's that it corrects, by class of worker: the running mean of the difference of their
/// logarithmic scores (Gneiting and Raftery 2007), over answers to requests that were placed with both known. Where the network's are worse, the rule
/// decides, while the network goes on being scored and decides again once it is better. Elsewhere the part of the correction counts that answers bear out.
/// </summary>
/// <param name="processors">What is known of each processor.</param>
/// <param name="trust">Of what is known, where the trust in this network stands.</param>
internal sealed class CorrectionScores(ProcessorColumns processors, Column<float> trust)
{
    // Weight of one answer; how many there must be; how many standard errors of the mean difference make it clear; and how much it must be, in nats, to count.
    private const double Weight = 1.0 / 256, Clear = 2, Harm = 0.002;
    private const int Least = 64;

    // Most that counts of a correction, in the fit of its share; least curvature; smallest change of the share that is passed on.
    private const double MostCorrection = 4, LeastCurvature = 1e-3, Noticed = 0.02;

    // Classes beyond so many share one: their names come from the network.
    private const int MostClasses = 256;
    private const float LeastProbability = 1e-4f;
    private static readonly double ErrorOfMean = Math.Sqrt(Weight / (2 - Weight));
    private readonly Dictionary<string, int> _classes = new(StringComparer.Ordinal);
    private readonly List<Score> _scores = [];

    /// <summary>The class of a name; a processor of it that has just come is trusted as the others of it are.</summary>
    /// <param name="name">As registered.</param>
    public int ClassOf(string name)
    {
        if (_classes.TryGetValue(name, out int at)) return at;
        if (_classes.Count >= MostClasses - 1) return 0;
        _classes.Add(name, at = _classes.Count + 1);
        return at;
    }

    /// <summary>The part of its correction that counts, 0..1; 0 where the rule decides alone.</summary>
    /// <param name="of">A class.</param>
    public float Trust(int of) => At(of) is { IsWorse: false } score ? score.Published : 0;

    /// <summary>Shows a processor the trust in its class.</summary>
    /// <param name="processor">Its index.</param>
    public void Show(int processor) => trust[processor] = Trust(processors.Rows[processor].Class);

    /// <summary>Begins anew for another network, or takes over what is known of one.</summary>
    /// <param name="known">Null: nothing is known of it.</param>
    public void Reset(CorrectionScores? known)
    {
        _scores.Clear();
        if (known is not null) _scores.AddRange(known._scores.Select(s => s.Copy()));
        for (int p = 0; p < processors.Count; p++) Show(p);
    }

    /// <summary>Takes an outcome.</summary>
    /// <param name="of">Class of the processor that was chosen.</param>
    /// <param name="rule">Logit of the rule.</param>
    /// <param name="correction">What the network adds to it.</param>
    /// <param name="onTime">Whether the answer was in time.</param>
    public void Add(int of, float rule, float correction, bool onTime)
    {
        Score score = At(of);
        double worse = Loss(rule + correction, onTime) - Loss(rule, onTime), from = worse - score.Mean;
        if (!double.IsFinite(worse)) worse = from = 1;
        double weight = Math.Max(Weight, 1.0 / ++score.Count);
        score.Mean += weight * from;
        score.Variance += weight * ((from * from) - score.Variance);
        bool isWorse = score.IsWorse
            ? score.Mean > 0 : score.Count >= Least && score.Mean > Math.Max(Harm, Clear * ErrorOfMean * Math.Sqrt(score.Variance));
        Fit(score, weight, rule, correction, onTime);
        if (isWorse == score.IsWorse && Math.Abs(score.Share - score.Published) < Noticed) return;
        (score.IsWorse, score.Published) = (isWorse, (float)score.Share);
        for (int p = 0; p < processors.Count; p++)
            if (processors.Rows[p].Worker is not null && processors.Rows[p].Class == of) trust[p] = Trust(of);
    }

    private Score At(int of)
    {
        while (_scores.Count <= of) _scores.Add(new Score());
        return _scores[of];
    }

    // The part of the correction that makes what came the likeliest: a step of Newton's method per answer.
    private static void Fit(Score score, double weight, float rule, float correction, bool onTime)
    {
        double bounded = Math.Clamp(correction, -MostCorrection, MostCorrection), logit = rule + (score.Share * bounded);
        if (!double.IsFinite(logit)) return;
        double probability = 1 / (1 + Math.Exp(-logit)), curvature = probability * (1 - probability) * bounded * bounded;
        score.Curvature += weight * (curvature - score.Curvature);
        double step = ((onTime ? 1 : 0) - probability) * bounded / (score.Curvature + LeastCurvature);
        score.Share = Math.Clamp(score.Share + (Weight * step), 0, 1);
    }

    // Minus the logarithm of the probability that was given to what came.
    private static double Loss(float logit, bool onTime)
    {
        double probability = 1 / (1 + Math.Exp(onTime ? -logit : logit));
        return -Math.Log(Math.Clamp(probability, LeastProbability, 1));
    }

    private sealed class Score
    {
        public long Count;
        public double Mean, Variance, Share = 1, Curvature;
        public float Published = 1;
        public bool IsWorse;

        public Score Copy() => (Score)MemberwiseClone();
    }
}
