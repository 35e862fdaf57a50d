using StreamSched.Core.Cluster;

namespace StreamSched.Learning.Online;

/// <summary>
/// What labels show of the accuracy of each variant, at each site and at all sites together. What is registered is believed until labels contradict it
/// (<see cref="AdaptiveWindow"/>): so nothing is lost by learning while nothing changes, and a drift is known within a few dozen labels. Then a Beta posterior
/// tells mean and lower bound, whose prior is what the other sites have shown. For one thread.
/// </summary>
/// <param name="settings">Valid settings.</param>
public sealed class AccuracyBeliefs(AccuracySettings settings)
{
    private readonly Dictionary<(string Task, string Variant, string Site), Cell> _cells = [];

    /// <summary>Labels so far.</summary>
    public long Labels { get; private set; }

    /// <summary>Takes a label.</summary>
    /// <param name="task">The task.</param>
    /// <param name="variant">The variant that answered.</param>
    /// <param name="site">Where.</param>
    /// <param name="registered">Its accuracy as registered, 0..1.</param>
    /// <param name="correct">Whether it was right.</param>
    /// <param name="device">Stands for the device that says so.</param>
    /// <param name="at">When the label came, µs.</param>
    /// <returns>False: too many variants and sites are told apart already, or the device has said too much of late.</returns>
    public bool Label(string task, string variant, string site, float registered, bool correct, ulong device, long at)
    {
        if (CellOf(task, variant, AccuracyEstimate.Everywhere, registered, at) is not { } all || CellOf(task, variant, site, registered, at) is not { } own)
            return false;
        if (!all.Sources.Take(device)) return false;
        Labels++;
        own.Add(correct, at);
        all.Add(correct, at);
        return true;
    }

    /// <summary>Takes over what a predecessor believed: as many labels with this mean.</summary>
    /// <param name="estimate">What it told.</param>
    /// <param name="registered">The variant's accuracy as registered, 0..1.</param>
    /// <param name="at">When it told, µs.</param>
    public void Restore(AccuracyEstimate estimate, float registered, long at)
    {
        if (!(estimate.Labels > 0) || CellOf(estimate.Task, estimate.Variant, estimate.Site, registered, at) is not { } cell) return;
        int labels = (int)Math.Min(estimate.Labels, settings.RegisteredWeight), right = (int)Math.Round(labels * Math.Clamp(estimate.Mean, 0, 1));

        // Spread evenly, so that no part of them contradicts another.
        for (int i = 0; i < labels; i++) cell.Add((long)(i + 1) * right / labels > (long)i * right / labels, at);
    }

    /// <summary>What is believed, for each variant at each site of which a label has come, and for each variant at all other sites.</summary>
    /// <param name="now">µs.</param>
    public IReadOnlyList<AccuracyEstimate> Estimates(long now)
    {
        List<AccuracyEstimate> estimates = new(_cells.Count);
        foreach (((string task, string variant, string site), Cell cell) in _cells)
        {
            if ((now - cell.At) * 1e-6 > settings.Forget.TotalSeconds) cell.Window.Reset();
            double others = _cells.TryGetValue((task, variant, AccuracyEstimate.Everywhere), out Cell? all) ? all.Window.Mean : cell.Registered;
            estimates.Add(Estimate(task, variant, site, cell, others));
        }

        return estimates;
    }

    private AccuracyEstimate Estimate(string task, string variant, string site, Cell cell, double others)
    {
        AdaptiveWindow window = cell.Window;
        if (window.PriorCount > 0) return new AccuracyEstimate(task, variant, site, (float)window.Mean, cell.Registered, window.Count);
        double a = window.Right + (settings.OthersWeight * others), b = window.Count - window.Right + (settings.OthersWeight * (1 - others));
        (a, b) = (Math.Max(a, 0.5), Math.Max(b, 0.5));

        // A normal distribution of the logit, whose variance is 1/a + 1/b to first order.
        double lower = 1 / (1 + Math.Exp(-(Math.Log(a / b) - (settings.FloorDeviations * Math.Sqrt((1 / a) + (1 / b))))));
        return new AccuracyEstimate(task, variant, site, (float)(a / (a + b)), (float)lower, window.Count);
    }

    private Cell? CellOf(string task, string variant, string site, float registered, long at)
    {
        (string, string, string) key = (task, variant, site);
        if (_cells.TryGetValue(key, out Cell? cell) && cell.Registered == registered) return cell;

        // What registers another accuracy is another model.
        if (cell is null && _cells.Count >= settings.MostCells) return null;
        return _cells[key] = new Cell(registered, new AdaptiveWindow(registered, settings.RegisteredWeight, settings.Confidence)) { At = at };
    }

    private sealed class Cell(float registered, AdaptiveWindow window)
    {
        public float Registered => registered;

        public AdaptiveWindow Window => window;

        public LabelSources Sources { get; } = new();

        public long At { get; set; }

        public void Add(bool correct, long at)
        {
            window.Add(correct);
            At = Math.Max(At, at);
        }
    }
}
