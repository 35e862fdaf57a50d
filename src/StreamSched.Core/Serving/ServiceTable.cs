namespace StreamSched.Core.Serving;

/// <summary>
/// Measured batch time by batch size, alone on the machine. Sizes between two measured ones are interpolated. The same table forms batches on the
/// worker and predicts them in the scheduler.
/// </summary>
public sealed class ServiceTable
{
    // Batching must make a request this much cheaper before it counts as a gain: below that it only adds delay, and measurements differ by as much.
    private const float Gain = 0.9f;
    private readonly float[] _seconds;

    /// <summary>Builds a table from measured points.</summary>
    /// <param name="batch">Ascending batch sizes, from 1.</param>
    /// <param name="seconds">Batch time in seconds at each of them; positive and finite.</param>
    /// <param name="maxBatch">Largest batch to form; at most the last measured size is used.</param>
    /// <exception cref="ArgumentException">The points are not as described.</exception>
    public ServiceTable(ReadOnlySpan<int> batch, ReadOnlySpan<float> seconds, int maxBatch)
    {
        if (batch.Length == 0 || batch.Length != seconds.Length || batch[0] != 1)
            throw new ArgumentException("a service table needs as many times as batch sizes, from batch size 1");
        for (int i = 0; i < batch.Length; i++)
        {
            if (!(seconds[i] > 0) || !float.IsFinite(seconds[i])) throw new ArgumentException($"time at batch size {batch[i]} is {seconds[i]} s");
            if (i > 0 && batch[i] <= batch[i - 1]) throw new ArgumentException("batch sizes must ascend");
        }

        MaxBatch = Math.Clamp(maxBatch, 1, batch[^1]);
        _seconds = new float[MaxBatch + 1];
        int right = 0;
        for (int b = 1; b <= MaxBatch; b++)
        {
            while (batch[right] < b) right++;
            int left = batch[right] == b ? right : right - 1;
            float share = left == right ? 0 : (float)(b - batch[left]) / (batch[right] - batch[left]);

            // A larger batch is never quicker; where measuring says so it is noise.
            _seconds[b] = Math.Max(_seconds[b - 1], seconds[left] + (share * (seconds[right] - seconds[left])));
        }

        BestBatch = 1;
        for (int b = 2; b <= MaxBatch; b++)
            if (_seconds[b] / b < _seconds[BestBatch] / BestBatch) BestBatch = b;
        if (_seconds[BestBatch] / BestBatch > Gain * _seconds[1]) BestBatch = 1;
    }

    /// <summary>A table without batching.</summary>
    /// <param name="seconds">Batch time in seconds.</param>
    public ServiceTable(float seconds) : this([1], [seconds], 1)
    {
    }

    /// <summary>Largest batch size with an entry.</summary>
    public int MaxBatch { get; }

    /// <summary>The batch size with the least time per request, 1 where batching gains nothing.</summary>
    public int BestBatch { get; }

    /// <summary>Batch time in seconds of <paramref name="batch"/> requests; 0 for none.</summary>
    /// <param name="batch">0 .. <see cref="MaxBatch"/>; larger ones take the last entry.</param>
    public float Seconds(int batch) => _seconds[Math.Min(batch, MaxBatch)];

    /// <summary>Processor time of one request in a batch of <paramref name="batch"/>.</summary>
    /// <param name="batch">1 .. <see cref="MaxBatch"/>.</param>
    public float PerRequest(int batch) => _seconds[batch] / batch;

    /// <summary>The same table for a device that is <paramref name="factor"/> times slower.</summary>
    /// <param name="factor">Positive.</param>
    public ServiceTable Scaled(float factor)
    {
        int[] batch = new int[MaxBatch];
        float[] seconds = new float[MaxBatch];
        for (int b = 1; b <= MaxBatch; b++) (batch[b - 1], seconds[b - 1]) = (b, _seconds[b] * factor);
        return new ServiceTable(batch, seconds, MaxBatch);
    }
}
