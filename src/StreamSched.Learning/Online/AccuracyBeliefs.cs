using StreamSched.Core.Cluster;

namespace StreamSched.Learning.Online;

/// <summary>
/// What labels show of the accuracy of each variant at each site: a Beta posterior whose prior is what the other sites have shown, whose own prior is what is
/// registered, and which forgets with the number of labels and with time. For one thread.
/// </summary>
/// <param name="settings">Valid settings.</param>
public sealed class AccuracyBeliefs(AccuracySettings settings)
{
    private readonly Dictionary<(string Task, string Variant), Dictionary<string, Cell>> _variants = [];
    private int _cells;

    /// <summary>Labels so far.</summary>
    public long Labels { get; private set; }

    /// <summary>Takes a label.</summary>
    /// <param name="task">The task.</param>
    /// <param name="variant">The variant that answered.</param>
    /// <param name="site">Where.</param>
    /// <param name="registered">Its accuracy as registered, 0..1.</param>
    /// <param name="correct">Whether it was right.</param>
    /// <param name="at">When the label came, µs.</param>
    /// <returns>False: too many variants and sites are told apart already.</returns>
    public bool Label(string task, string variant, string site, float registered, bool correct, long at)
    {
        if (!_variants.TryGetValue((task, variant), out Dictionary<string, Cell>? sites)) _variants[(task, variant)] = sites = new(StringComparer.Ordinal);
        if (!sites.TryGetValue(site, out Cell? cell))
        {
            if (_cells >= settings.MostCells) return false;
            sites.Add(site, cell = new Cell { At = at });
            _cells++;
        }

        Labels++;
        cell.Fade(at, settings);
        cell.Registered = registered;
        double kept = 1 - (1 / settings.Memory);
        cell.Right = (cell.Right * kept) + (correct ? 1 : 0);
        cell.Wrong = (cell.Wrong * kept) + (correct ? 0 : 1);
        return true;
    }

    /// <summary>Takes over what a predecessor believed: a posterior with this mean, of so many labels.</summary>
    /// <param name="estimate">What it told.</param>
    /// <param name="registered">The variant's accuracy as registered, 0..1.</param>
    /// <param name="at">When it told, µs.</param>
    public void Restore(AccuracyEstimate estimate, float registered, long at)
    {
        if (estimate.Site == AccuracyEstimate.Everywhere || !(estimate.Labels > 0)) return;
        if (!_variants.TryGetValue((estimate.Task, estimate.Variant), out Dictionary<string, Cell>? sites))
            _variants[(estimate.Task, estimate.Variant)] = sites = new(StringComparer.Ordinal);
        if (_cells >= settings.MostCells || !sites.TryAdd(estimate.Site, new Cell())) return;
        _cells++;
        double labels = Math.Min(estimate.Labels, settings.Memory), mean = Math.Clamp(estimate.Mean, 0, 1);
        Cell cell = sites[estimate.Site];
        (cell.At, cell.Registered, cell.Right, cell.Wrong) = (at, registered, labels * mean, labels * (1 - mean));
    }

    /// <summary>What is believed, for each variant at each site of which a label has come, and for each variant at all other sites.</summary>
    /// <param name="now">µs.</param>
    public IReadOnlyList<AccuracyEstimate> Estimates(long now)
    {
        List<AccuracyEstimate> estimates = new(_cells + _variants.Count);
        foreach (((string task, string variant), Dictionary<string, Cell> sites) in _variants)
        {
            double right = 0, wrong = 0;
            float registered = 0;
            foreach (Cell cell in sites.Values)
            {
                cell.Fade(now, settings);
                (right, wrong, registered) = (right + cell.Right, wrong + cell.Wrong, cell.Registered);
            }

            foreach ((string site, Cell cell) in sites)
            {
                double others = Mean(right - cell.Right, wrong - cell.Wrong, cell.Registered, settings.RegisteredWeight);
                estimates.Add(Estimate(task, variant, site, cell.Right, cell.Wrong, others, settings.OthersWeight, cell.Registered));
            }

            estimates.Add(Estimate(task, variant, AccuracyEstimate.Everywhere, right, wrong, registered, settings.RegisteredWeight, registered));
        }

        return estimates;
    }

    private static double Mean(double right, double wrong, double prior, double weight) => (right + (weight * prior)) / (right + wrong + weight);

    // A floor goes by what is registered until labels contradict it: a variant that is exactly as good as a floor would otherwise be ruled out by chance.
    private AccuracyEstimate Estimate(
        string task, string variant, string site, double right, double wrong, double prior, double weight, float registered)
    {
        double a = right + (weight * prior), b = wrong + (weight * (1 - prior)), mean = a / (a + b);
        double lower = Bound(a, b, -1), upper = Bound(a, b, 1);
        double floor = upper >= registered ? Math.Max(registered, lower) : lower;
        return new AccuracyEstimate(task, variant, site, (float)mean, (float)floor, right + wrong);
    }

    // By the normal approximation on the logit, whose variance is 1/a + 1/b (digamma's derivative to first order); exact enough where a and b are above 1.
    private double Bound(double a, double b, int side)
    {
        (a, b) = (Math.Max(a, 0.5), Math.Max(b, 0.5));
        double logit = Math.Log(a / b) + (side * settings.FloorDeviations * Math.Sqrt((1 / a) + (1 / b)));
        return 1 / (1 + Math.Exp(-logit));
    }

    private sealed class Cell
    {
        public long At;
        public float Registered;
        public double Right, Wrong;

        public void Fade(long now, AccuracySettings settings)
        {
            if (now <= At) return;
            double kept = Math.Pow(0.5, (now - At) * 1e-6 / settings.HalfLife.TotalSeconds);
            (Right, Wrong, At) = (Right * kept, Wrong * kept, now);
        }
    }
}
