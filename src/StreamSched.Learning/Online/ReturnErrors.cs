namespace StreamSched.Learning.Online;

/// <summary>
/// How well two networks foretell what is earned from a choice on, less and less the later it comes, in a sequence of choices that were taken by the one that
/// serves. A constant between their values does not count, since no choice depends on it.
/// </summary>
/// <param name="losses">Takes squared errors.</param>
/// <param name="discount">γ.</param>
internal sealed class ReturnErrors(HeldOutLosses losses, float discount)
{
    // What comes later counts for less than a hundredth.
    private readonly int _length = Math.Max(1, (int)Math.Ceiling(Math.Log(0.01) / Math.Log(discount)));
    private readonly Queue<(float Reward, float Champion, float Candidate)> _open = new();
    private double _meanChampion, _meanCandidate;
    private long _count;

    /// <summary>Takes the next choice of the sequence.</summary>
    /// <param name="reward">What it earned.</param>
    /// <param name="champion">Its value by the network that serves.</param>
    /// <param name="candidate">Its value by the one that learns, which has not learned from it.</param>
    public void Add(float reward, float champion, float candidate)
    {
        _open.Enqueue((reward, champion, candidate));
        if (_open.Count <= _length) return;
        double earned = 0, factor = 1;
        foreach ((float later, _, _) in _open) (earned, factor) = (earned + (factor * later), factor * discount);
        (_, float byChampion, float byCandidate) = _open.Dequeue();
        double ours = byChampion - earned, theirs = byCandidate - earned;
        _count = Math.Min(_count + 1, 10_000);
        _meanChampion += (ours - _meanChampion) / _count;
        _meanCandidate += (theirs - _meanCandidate) / _count;
        if (_count > _length) losses.Add(0, Square(ours - _meanChampion), Square(theirs - _meanCandidate));
    }

    /// <summary>The sequence is broken: what comes does not follow from what was.</summary>
    public void Break() => _open.Clear();

    private static double Square(double x) => x * x;
}
