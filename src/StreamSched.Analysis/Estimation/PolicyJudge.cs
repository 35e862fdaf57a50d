using System.Globalization;
using StreamSched.Core.OnlineLearning;
using StreamSched.Core.Policies;

namespace StreamSched.Analysis.Estimation;

/// <summary>Estimates for one policy after another, from the same log.</summary>
/// <param name="settings">How.</param>
/// <param name="decisions">In the order in which they were taken.</param>
/// <param name="fullOf">Indices of those in full.</param>
/// <param name="rate">Of these, one over the probability of being in full.</param>
/// <param name="taken">What the model sees of the choices taken, by full row.</param>
/// <param name="log">What the log holds.</param>
internal sealed class PolicyJudge(
    EvaluationSettings settings, LoggedDecision[] decisions, int[] fullOf, double[] rate, GrowingRows taken, LogFigures log)
{
    private readonly double _meanRate = rate.Length == 0 ? 1 : rate.Average();

    // The models speak of what was logged, so they are the same whoever is judged.
    private readonly Lazy<Outcomes> _gross = new(() => new Outcomes(d => d.Gross, settings.Folds, decisions, fullOf, taken));
    private readonly Lazy<Outcomes> _net = new(() => new Outcomes(d => d.Net, settings.Folds, decisions, fullOf, taken));

    /// <summary>Judges a policy.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="ratios">Its probability of the choice taken over the propensity, by full row.</param>
    /// <param name="means">What the model sees of its choices on the average, by full row.</param>
    /// <param name="unsupported">Probability of choices that the logging policy never makes.</param>
    /// <param name="choices">Which these are.</param>
    public PolicyFigures Judge(string name, List<double> ratios, GrowingRows means, double unsupported, IReadOnlyList<string> choices)
    {
        double[] weight = [.. fullOf.Select((i, k) => ratios[decisions[i].Full] * rate[k] / _meanRate)];
        LoggedRounds weights = new([.. weight.Select(_ => 0.0)], weight, [], []);
        double n = weight.Length, sum = weight.Sum(), mean = n > 0 ? sum / n : 0;
        double error = n > 1 ? Math.Sqrt(weight.Sum(w => (w - mean) * (w - mean)) / (n - 1) / n) : double.PositiveInfinity;
        double largest = sum > 0 ? weight.Max() / sum : 0;
        List<string> refusals = Refusals(weights.EffectiveSampleSize, mean, error, unsupported, choices), flags = Flags(largest);
        PolicyFigures figures = new()
        {
            Policy = name, Refusals = refusals, Flags = flags, EffectiveSampleSize = weights.EffectiveSampleSize, MeanWeight = mean, MeanWeightError = error,
            LargestShare = largest, Unsupported = unsupported, UnsupportedChoices = [.. choices.Take(10)],
        };
        if (refusals.Count > 0) return figures;
        double[] latencies = [.. fullOf.Select(i => (double)decisions[i].Latency)];
        return figures with
        {
            Gross = Estimate(ratios, weight, means, _gross.Value),
            Net = Estimate(ratios, weight, means, _net.Value),
            Median = WeightedQuantile.Band(latencies, weight, 0.5, settings.Resamples),
            P99 = WeightedQuantile.Band(latencies, weight, 0.99, settings.Resamples),
        };
    }

    private List<string> Refusals(double effective, double mean, double error, double unsupported, IReadOnlyList<string> choices)
    {
        List<string> refusals = [];
        if (fullOf.Length == 0)
        {
            refusals.Add("no decision is recorded in full: let schedulers record more of them (--full-records)");
            return refusals;
        }

        if (effective < settings.LeastEffective)
            refusals.Add(Say($"effective sample size {effective:0} is below {settings.LeastEffective:0}: take a longer log, or one with more exploration"));
        if (unsupported > settings.MostUnsupported)
        {
            refusals.Add(Say($"it makes {100 * unsupported:0.0} % of its choices where the logging policy never goes ({string.Join(", ", choices.Take(5))}): ")
                + "log with exploration, or simulate it");
        }

        // Where support is missing the mean weight is below 1 for that reason.
        if (Math.Abs(mean + unsupported - 1) > settings.MostMeanWeightError + (4 * error))
            refusals.Add(Say($"the mean weight is {mean:0.000} and not 1: the recorded propensities are wrong; see streamsched replay"));
        return refusals;
    }

    private List<string> Flags(double largest)
    {
        List<string> flags = [];
        if (largest > settings.MostWeightShare)
            flags.Add(Say($"one decision has {100 * largest:0.0} % of all weight: the estimate rests on it; take a longer log, or one with more exploration"));
        if (log.Joined < settings.LeastJoined)
            flags.Add(Say($"{100 * (1 - log.Joined):0.0} % of the decisions have no result: see why they are missing before you trust the others"));
        if (log.Missing.Count > 0)
            flags.Add(Say($"nobody has the versions {string.Join(", ", log.Missing.Take(5))} that took some decisions: ")
                + "whether all choices were possible is not known for these; give them (--policies FILE)");
        else if (log.SupportUnknown > 0)
            flags.Add(Say($"of {100 * log.SupportUnknown:0.0} % of the decisions the logging policy cannot be asked again: ")
                + "whether all choices were possible is not known for these");
        if (_meanRate > 2)
            flags.Add(Say($"one decision in {_meanRate:0} is in full, which makes the confidence sequence wide; record all while you want to evaluate ")
                + "(--full-records 1)");
        return flags;
    }

    private ValueEstimates Estimate(List<double> ratios, double[] weight, GrowingRows means, Outcomes outcomes)
    {
        Func<LoggedDecision, double> of = outcomes.Of;
        double[] reward = new double[fullOf.Length], modelled = new double[fullOf.Length], direct = new double[fullOf.Length], more = new double[fullOf.Length];
        for (int k = 0; k < fullOf.Length; k++)
        {
            LoggedDecision decision = decisions[fullOf[k]];
            RidgeModel model = outcomes.ModelFor(decision);
            double scale = rate[k] / _meanRate;
            (reward[k], modelled[k], direct[k]) = (of(decision), model.Predict(taken[decision.Full]), scale * model.Predict(means[decision.Full]));
            more[k] = direct[k] + (weight[k] * (reward[k] - modelled[k])) - (scale * reward[k]);
        }

        LoggedRounds rounds = new(reward, weight, modelled, direct);
        Dictionary<string, double> lambdas = new()
        {
            ["Switch-DR"] = OffPolicy.Slope(rounds, Shrinkage.Switch, withModel: true, OffPolicy.Lambdas),
            ["DR, shrunk"] = OffPolicy.LeastSquaredError(rounds, Shrinkage.Optimistic, withModel: true, OffPolicy.Lambdas),
        };
        Dictionary<string, double> estimates = new()
        {
            ["IPS"] = OffPolicy.Ips(rounds), ["SNIPS"] = OffPolicy.Snips(rounds), ["DM"] = OffPolicy.Direct(rounds), ["DR"] = OffPolicy.DoublyRobust(rounds),
            ["SNDR"] = OffPolicy.SelfNormalisedDoublyRobust(rounds),
            ["Switch-DR"] = OffPolicy.DoublyRobust(rounds, Shrinkage.Switch, lambdas["Switch-DR"]),
            ["DR, shrunk"] = OffPolicy.DoublyRobust(rounds, Shrinkage.Optimistic, lambdas["DR, shrunk"]),
        };
        (double bootstrapLower, double bootstrapUpper) = Bootstrap(more);
        (double low, double high) = Bounds(of);
        PolicySequence sequence = new(low, high, settings.Alpha, isDifference: true);
        foreach (LoggedDecision decision in decisions)
            sequence.Add(decision.Full < 0 ? 0 : ratios[decision.Full] / (decision.Rate > 0 ? decision.Rate : 1), of(decision));
        (double lower, double upper) = sequence.Interval;
        return new ValueEstimates(estimates, lambdas, more.Average(), lower, upper, bootstrapLower, bootstrapUpper);
    }

    // What is told is of the value; a price can only lower it.
    private (double Low, double High) Bounds(Func<LoggedDecision, double> of)
    {
        double least = decisions.Min(of), most = decisions.Max(of);
        return settings.Bounds is { } told ? (Math.Min(told.Low, told.Low - decisions.Max(d => d.Gross - of(d))), told.High)
            : (Math.Min(0, least), Math.Max(1, most));
    }

    // Of the mean of differences, each over the mean of the sampling weights that were drawn with it.
    private (double Lower, double Upper) Bootstrap(double[] more)
    {
        RandomStream random = RandomStream.For(1, "bootstrap");
        double[] found = new double[settings.Resamples];
        for (int b = 0; b < found.Length; b++)
        {
            double sum = 0, weights = 0;
            for (int k = 0; k < more.Length; k++)
            {
                int drawn = random.NextInt32(more.Length);
                (sum, weights) = (sum + more[drawn], weights + (rate[drawn] / _meanRate));
            }

            found[b] = sum / weights;
        }

        Array.Sort(found);
        double tail = settings.Alpha / 2 * (found.Length - 1);
        return (found[(int)tail], found[(int)Math.Ceiling(found.Length - 1 - tail)]);
    }

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>What outcomes are worth by one measure, with models of it that have each not seen one part of the log.</summary>
    private sealed class Outcomes
    {
        private readonly RidgeModel[] _models;

        public Outcomes(Func<LoggedDecision, double> of, int folds, LoggedDecision[] decisions, int[] fullOf, GrowingRows taken)
        {
            Of = of;
            _models = [.. Enumerable.Range(0, folds).Select(_ => new RidgeModel(OutcomeFeatures.Count))];
            foreach (int i in fullOf)
            {
                for (int f = 0; f < _models.Length; f++)
                    if (f != decisions[i].Fold) _models[f].Learn(taken[decisions[i].Full], of(decisions[i]));
            }
        }

        public Func<LoggedDecision, double> Of { get; }

        public RidgeModel ModelFor(in LoggedDecision decision) => _models[decision.Fold];
    }
}
