using System.Globalization;

namespace StreamSched.Learners;

/// <summary>Whether enough of the decisions find their results: from a join with holes nothing should be concluded.</summary>
internal sealed class JoinRate
{
    private const double Least = 0.99;
    private const int Looks = 6, LeastDecisions = 100; // a minute of looks every ten seconds
    private readonly Queue<(long Joined, long Defaulted)> _before = new();

    /// <summary>Looks again.</summary>
    /// <param name="joined">Decisions with their result so far.</param>
    /// <param name="defaulted">Decisions without one so far.</param>
    /// <returns>What is wrong; null: nothing is.</returns>
    public string? Problem(long joined, long defaulted)
    {
        (long Joined, long Defaulted) since = _before.Count > 0 ? _before.Peek() : default;
        _before.Enqueue((joined, defaulted));
        if (_before.Count > Looks) _before.Dequeue();
        long found = joined - since.Joined, all = found + defaulted - since.Defaulted;
        return all < LeastDecisions || found >= Least * all ? null
            : string.Create(
                CultureInfo.InvariantCulture, $"only {100.0 * found / all:0.0} % of the last minute's decisions found their results, less than 99 %");
    }
}
