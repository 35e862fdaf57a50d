using StreamSched.Simulation.Experiments;

namespace StreamSched.Analysis.Estimation;

/// <summary>
/// Estimates of what a policy would have earned per round, from the log of another one. With a weight w and its shrunk form v: IPS is the mean of v·r (Horvitz,
/// Thompson 1952), DR the mean of Σ π·q + v·(r − q) (Dudík, Langford, Li 2011), DM that of Σ π·q; SNIPS and SNDR divide w by its mean (Swaminathan, Joachims
/// 2015). The numbers are those of the Open Bandit Pipeline 0.5.7.
/// </summary>
internal static class OffPolicy
{
    private const double Delta = 0.05;

    /// <summary>Candidates for λ where it is chosen by the log.</summary>
    public static IReadOnlyList<double> Lambdas { get; } = [1, 2, 5, 10, 50, 100, double.PositiveInfinity];

    /// <summary>Inverse propensity scores.</summary>
    /// <param name="log">The log.</param>
    public static double Ips(LoggedRounds log)
    {
        double sum = 0;
        for (int i = 0; i < log.Count; i++) sum += log.Weight[i] * log.Reward[i];
        return sum / log.Count;
    }

    /// <summary>Self-normalised inverse propensity scores.</summary>
    /// <param name="log">The log.</param>
    public static double Snips(LoggedRounds log) => Ips(log) / Mean(log.Weight);

    /// <summary>The model alone.</summary>
    /// <param name="log">With a model.</param>
    public static double Direct(LoggedRounds log) => Mean(log.Direct);

    /// <summary>Doubly robust.</summary>
    /// <param name="log">With a model.</param>
    public static double DoublyRobust(LoggedRounds log)
    {
        double sum = 0;
        for (int i = 0; i < log.Count; i++) sum += log.Direct[i] + (log.Weight[i] * (log.Reward[i] - log.Modelled[i]));
        return sum / log.Count;
    }

    /// <summary>Self-normalised doubly robust.</summary>
    /// <param name="log">With a model.</param>
    public static double SelfNormalisedDoublyRobust(LoggedRounds log)
    {
        double direct = Mean(log.Direct), corrections = DoublyRobust(log) - direct;
        return direct + (corrections / Mean(log.Weight));
    }

    /// <summary>IPS with shrunk weights.</summary>
    /// <param name="log">The log.</param>
    /// <param name="shrinkage">How they are shrunk.</param>
    /// <param name="lambda">By how much.</param>
    public static double Ips(LoggedRounds log, Shrinkage shrinkage, double lambda) => Mean(Rounds(log, shrinkage, lambda, withModel: false));

    /// <summary>DR with shrunk weights: Switch-DR, DR with optimistic shrinkage, clipped DR.</summary>
    /// <param name="log">With a model.</param>
    /// <param name="shrinkage">How they are shrunk.</param>
    /// <param name="lambda">By how much.</param>
    public static double DoublyRobust(LoggedRounds log, Shrinkage shrinkage, double lambda) => Mean(Rounds(log, shrinkage, lambda, withModel: true));

    /// <summary>
    /// λ by SLOPE: the candidate with the narrowest interval whose interval still meets those of all wider ones (Su, Srinath, Krishnamurthy 2020).
    /// </summary>
    /// <param name="log">The log.</param>
    /// <param name="shrinkage">How weights are shrunk.</param>
    /// <param name="withModel">Whether of DR; else of IPS.</param>
    /// <param name="lambdas">Candidates.</param>
    public static double Slope(LoggedRounds log, Shrinkage shrinkage, bool withModel, IReadOnlyList<double> lambdas)
    {
        double c = Math.Sqrt(6) - 1, quantile = Statistics.TQuantile(1 - Delta, log.Count - 1);
        (double Lambda, double Mean, double Half)[] all =
        [
            .. lambdas.Select(lambda =>
            {
                double[] rounds = Rounds(log, shrinkage, lambda, withModel);
                return (lambda, Mean(rounds), quantile * Math.Sqrt(Variance(rounds) / (log.Count - 1)));
            }).OrderByDescending(t => t.Item3),
        ];
        for (int i = 1; i < all.Length; i++)
        {
            for (int j = 0; j < i; j++)
                if (Math.Abs(all[j].Mean - all[i].Mean) > all[i].Half + (c * all[j].Half)) return all[i - 1].Lambda;
        }

        return all[^1].Lambda;
    }

    /// <summary>λ by the least estimate of the mean squared error: variance and the square of a bound on the bias (Wang, Agarwal, Dudík 2017; Su and others
    /// 2020).</summary>
    /// <param name="log">The log.</param>
    /// <param name="shrinkage">How weights are shrunk.</param>
    /// <param name="withModel">Whether of DR; else of IPS.</param>
    /// <param name="lambdas">Candidates.</param>
    public static double LeastSquaredError(LoggedRounds log, Shrinkage shrinkage, bool withModel, IReadOnlyList<double> lambdas)
    {
        double squares = 0, most = 0, n = log.Count, logarithm = Math.Log(2 / Delta);
        foreach (double w in log.Weight) (squares, most) = (squares + (w * w), Math.Max(most, w));
        double bound = Math.Sqrt(2 * (squares / n) * logarithm / n) + (2 * most * logarithm / (3 * n));
        return lambdas.MinBy(lambda =>
        {
            double bias = 0;
            for (int i = 0; i < log.Count; i++)
                bias += (log.Weight[i] - Shrunk(log.Weight[i], shrinkage, lambda)) * (log.Reward[i] - (withModel ? log.Modelled[i] : 0));
            bias = Math.Abs(bias / n) + bound;
            return (Variance(Rounds(log, shrinkage, lambda, withModel)) / n) + (bias * bias);
        });
    }

    /// <summary>What each round contributes to an estimate, which is their mean.</summary>
    /// <param name="log">The log.</param>
    /// <param name="shrinkage">How weights are shrunk.</param>
    /// <param name="lambda">By how much.</param>
    /// <param name="withModel">Whether of DR; else of IPS.</param>
    public static double[] Rounds(LoggedRounds log, Shrinkage shrinkage, double lambda, bool withModel)
    {
        double[] rounds = GC.AllocateUninitializedArray<double>(log.Count);
        for (int i = 0; i < rounds.Length; i++)
        {
            double weight = Shrunk(log.Weight[i], shrinkage, lambda);
            rounds[i] = withModel ? log.Direct[i] + (weight * (log.Reward[i] - log.Modelled[i])) : weight * log.Reward[i];
        }

        return rounds;
    }

    private static double Shrunk(double w, Shrinkage shrinkage, double lambda) => shrinkage switch
    {
        Shrinkage.Clip => Math.Min(w, lambda),
        Shrinkage.Switch => w <= lambda ? w : 0,
        Shrinkage.Optimistic => double.IsPositiveInfinity(lambda) ? w : lambda > 0 ? lambda * w / ((w * w) + lambda) : 0,
        _ => w > 0 ? w / (1 - lambda + (lambda * w)) : 0,
    };

    private static double Mean(double[] values)
    {
        double sum = 0;
        foreach (double v in values) sum += v;
        return sum / values.Length;
    }

    // That of the population, as the reference has it.
    private static double Variance(double[] values)
    {
        double mean = Mean(values), sum = 0;
        foreach (double v in values) sum += (v - mean) * (v - mean);
        return sum / values.Length;
    }
}
