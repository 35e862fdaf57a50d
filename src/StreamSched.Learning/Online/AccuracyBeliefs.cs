using System.Numerics;
using StreamSched.Core.Cluster;

namespace StreamSched.Learning.Online;

/// <summary>
/// What labels show of the accuracy of each variant: by the site where it runs, by the site of the devices whose frames it gets, by both, and over all. What is
/// registered is believed until labels contradict it (<see cref="AdaptiveWindow"/>): so nothing is lost by learning while nothing changes, and a drift is known
/// within a few dozen labels. Then a Beta posterior tells mean and lower bound, whose prior is the mean over all. Where the few labels of one cell do not
/// contradict it, but those of a wider one do, the cell is as the wider one if its latest labels clearly fit that better. For one thread.
/// </summary>
/// <param name="settings">Valid settings.</param>
public sealed class AccuracyBeliefs(AccuracySettings settings)
{
    // What a wider cell shows is taken over if the latest labels fit it so much better than what is registered, in nats per label. Half as much and 32 labels
    // of 0.75 would be taken for 0.55 now and then.
    private const double Clear = 0.125;
    private readonly Dictionary<AccuracyKey, Cell> _cells = [];

    /// <summary>Labels so far.</summary>
    public long Labels { get; private set; }

    /// <summary>Takes a label.</summary>
    /// <param name="answer">What is labelled.</param>
    /// <param name="at">When the label came, µs.</param>
    /// <returns>False: too many variants are told apart already, or the device has said too much of late.</returns>
    public bool Label(in LabelledAnswer answer, long at)
    {
        AccuracyKey everywhere = answer.Of.Everywhere;
        if (!Add(everywhere, answer, at)) return false;
        Labels++;
        foreach (AccuracyKey key in answer.Of.Wider.Prepend(answer.Of))
            if (key != everywhere) Add(key, answer, at);
        return true;
    }

    /// <summary>Takes over what a predecessor believed: as many labels with this mean.</summary>
    /// <param name="estimate">What it told.</param>
    /// <param name="registered">The variant's accuracy as registered, 0..1.</param>
    /// <param name="at">When it told, µs.</param>
    public void Restore(AccuracyEstimate estimate, float registered, long at)
    {
        if (!(estimate.Labels > 0) || CellOf(estimate.Key, registered, at) is not { } cell) return;
        int labels = (int)Math.Min(estimate.Labels, settings.RegisteredWeight), right = (int)Math.Round(labels * Math.Clamp(estimate.Mean, 0, 1));

        // Spread evenly, so that no part of them contradicts another.
        for (int i = 0; i < labels; i++) cell.Add((long)(i + 1) * right / labels > (long)i * right / labels, at);
    }

    /// <summary>What is believed, for everything of which a label has come within <see cref="AccuracySettings.Forget"/>; the rest is forgotten.</summary>
    /// <param name="now">µs.</param>
    public IReadOnlyList<AccuracyEstimate> Estimates(long now)
    {
        foreach ((AccuracyKey key, Cell cell) in _cells)
            if ((now - cell.At) * 1e-6 > settings.Forget.TotalSeconds) _cells.Remove(key);
        return [.. _cells.Select(c => Estimate(c.Key, c.Value))];
    }

    // Of no cell a device has more than its fair part: it may be one of few at its site.
    private bool Add(AccuracyKey key, in LabelledAnswer answer, long at)
    {
        if (CellOf(key, answer.Registered, at) is not { } cell || !cell.Sources.Take(answer.Device)) return false;
        cell.Add(answer.IsRight, at);
        return true;
    }

    private AccuracyEstimate Estimate(AccuracyKey key, Cell cell)
    {
        (AccuracyKey Key, Cell Cell) best = (key, cell);
        double fit = cell.IsContradicted ? double.PositiveInfinity : cell.Fit(cell.Registered) + Clear;
        foreach (AccuracyKey wider in key.Wider)
        {
            if (!_cells.TryGetValue(wider, out Cell? other) || !other.IsContradicted || cell.Fit(other.Window.Mean) <= fit) continue;
            (best, fit) = ((wider, other), cell.Fit(other.Window.Mean));
        }

        (float mean, float lower) = best.Cell.IsContradicted ? Learned(best.Key, best.Cell) : ((float)cell.Window.Mean, cell.Registered);
        return new AccuracyEstimate(key.Task, key.Variant, key.Site, key.Origin, mean, lower, cell.Window.Count);
    }

    private (float Mean, float Lower) Learned(AccuracyKey key, Cell cell)
    {
        AdaptiveWindow window = cell.Window;
        double others = _cells.TryGetValue(key.Everywhere, out Cell? all) ? all.Window.Mean : cell.Registered;
        double a = window.Right + (settings.OthersWeight * others), b = window.Count - window.Right + (settings.OthersWeight * (1 - others));
        (a, b) = (Math.Max(a, 0.5), Math.Max(b, 0.5));

        // A normal distribution of the logit, whose variance is 1/a + 1/b to first order.
        double lower = 1 / (1 + Math.Exp(-(Math.Log(a / b) - (settings.FloorDeviations * Math.Sqrt((1 / a) + (1 / b))))));
        return ((float)(a / (a + b)), (float)lower);
    }

    private Cell? CellOf(AccuracyKey key, float registered, long at)
    {
        if (_cells.TryGetValue(key, out Cell? cell) && cell.Registered == registered) return cell;

        // What registers another accuracy is another model.
        if (cell is null && _cells.Count >= settings.MostCells) return null;
        return _cells[key] = new Cell(registered, new AdaptiveWindow(registered, settings.RegisteredWeight, settings.Confidence)) { At = at };
    }

    private sealed class Cell(float registered, AdaptiveWindow window)
    {
        private uint _latest; // the latest 32 labels, a bit each, the newest last
        private int _held;

        public float Registered => registered;

        public AdaptiveWindow Window => window;

        public bool IsContradicted => window.PriorCount == 0;

        public LabelSources Sources { get; } = new();

        public long At { get; set; }

        public void Add(bool correct, long at)
        {
            window.Add(correct);
            (_latest, _held) = ((_latest << 1) | (correct ? 1u : 0), Math.Min(_held + 1, 32));
            At = Math.Max(At, at);
        }

        // How likely the latest labels are, as the mean of their logarithms.
        public double Fit(double accuracy)
        {
            double p = Math.Clamp(accuracy, 0.01, 0.99);
            int right = BitOperations.PopCount(_latest);
            return ((right * Math.Log(p)) + ((_held - right) * Math.Log(1 - p))) / Math.Max(_held, 1);
        }
    }
}
