namespace StreamSched.Learning.Online;

/// <summary>
/// The latest part of a stream of rights and wrongs over which its mean has not clearly changed: ADWIN (Bifet, Gavaldà 2007, SDM), on an exponential histogram
/// of buckets, so that memory and time grow with the logarithm of its length. What is known beforehand is the oldest part, and is dropped like any other
/// once newer labels contradict it.
/// </summary>
internal sealed class AdaptiveWindow
{
    // Buckets of one size before two of them become one, and sizes up to 2^14: the window holds some 80,000 labels.
    private const int MostOfASize = 5, Sizes = 15, LeastPart = 5;

    // By size, the newest first; each holds how many of its labels were right.
    private readonly List<double>[] _right = [.. Enumerable.Range(0, Sizes).Select(_ => new List<double>())];
    private readonly double _known, _confidence;

    /// <summary>A window without labels.</summary>
    /// <param name="prior">The mean that is known beforehand, 0..1.</param>
    /// <param name="priorCount">How many labels that counts as.</param>
    /// <param name="confidence">δ: probability of dropping something though nothing has changed, per check; the smaller, the more patient.</param>
    public AdaptiveWindow(double prior, double priorCount, double confidence) =>
        (_known, _confidence, PriorCount) = (prior, confidence, priorCount);

    /// <summary>Labels in the window, what is known beforehand not counted.</summary>
    public double Count { get; private set; }

    /// <summary>How many of them were right.</summary>
    public double Right { get; private set; }

    /// <summary>What is known beforehand counts as so many labels; 0: it was contradicted.</summary>
    public double PriorCount { get; private set; }

    /// <summary>Mean of the window, what is known beforehand included; that alone where no label has come.</summary>
    public double Mean => Count + PriorCount > 0 ? (Right + (PriorCount * _known)) / (Count + PriorCount) : _known;

    /// <summary>Takes a label.</summary>
    /// <param name="right">Whether the answer was.</param>
    public void Add(bool right)
    {
        Insert(right ? 1 : 0);
        while (Drops())
        {
        }
    }

    private void Insert(double right)
    {
        (Count, Right) = (Count + 1, Right + right);
        _right[0].Insert(0, right);
        for (int size = 0; size < Sizes && _right[size].Count > MostOfASize; size++)
        {
            List<double> buckets = _right[size];
            double merged = buckets[^1] + buckets[^2];
            buckets.RemoveRange(buckets.Count - 2, 2);
            if (size + 1 < Sizes) _right[size + 1].Insert(0, merged);
            else (Count, Right) = (Count - (2 << size), Right - merged);
        }
    }

    // What is older than the clearest change is dropped at once, and not bucket by bucket: what is left of it would go on weighing in the mean.
    private bool Drops()
    {
        double all = Count + PriorCount, sum = Right + (PriorCount * _known), mean = sum / all;
        double logs = Math.Log(2 * Math.Log(Math.Max(all, 3)) / _confidence), variance = mean * (1 - mean);
        double newer = 0, newerRight = 0, clearest = 1, kept = -1;
        for (int size = 0; size < Sizes; size++)
        {
            foreach (double right in _right[size])
            {
                (newer, newerRight) = (newer + (1 << size), newerRight + right);
                double older = all - newer;
                if (newer < LeastPart || older < LeastPart) continue;
                double m = 1 / ((1 / newer) + (1 / older));
                double limit = Math.Sqrt(2 / m * variance * logs) + (2 / (3 * m) * logs);
                double clear = Math.Abs((newerRight / newer) - ((sum - newerRight) / older)) / limit;
                if (clear > clearest) (clearest, kept) = (clear, newer);
            }
        }

        if (kept < 0) return false;
        DropOlderThan(kept);
        return true;
    }

    private void DropOlderThan(double kept)
    {
        PriorCount = 0;
        for (int size = Sizes - 1; size >= 0; size--)
        {
            List<double> buckets = _right[size];
            while (buckets.Count > 0 && Count > kept)
            {
                (Count, Right) = (Count - (1 << size), Right - buckets[^1]);
                buckets.RemoveAt(buckets.Count - 1);
            }
        }
    }
}
