namespace StreamSched.Learning.Online;

/// <summary>
/// Who the latest labels were from, so that no device has more than twice its fair part of them: one whose labels are wrong moves what is believed no further
/// than that.
/// </summary>
internal sealed class LabelSources
{
    private const int Remembered = 64;
    private readonly ulong[] _latest = new ulong[Remembered];
    private readonly Dictionary<ulong, int> _counts = [];
    private int _next, _count;

    /// <summary>Takes a label's source.</summary>
    /// <param name="device">Stands for the device.</param>
    /// <returns>Whether the label counts.</returns>
    public bool Take(ulong device)
    {
        int own = _counts.GetValueOrDefault(device);
        if (_count >= Remembered && own * _counts.Count >= 2 * Remembered) return false;
        if (_count == Remembered)
        {
            ulong oldest = _latest[_next];
            if (--_counts[oldest] == 0) _counts.Remove(oldest);
        }
        else
        {
            _count++;
        }

        _latest[_next] = device;
        _next = (_next + 1) % Remembered;
        _counts[device] = _counts.GetValueOrDefault(device) + 1;
        return true;
    }
}
