namespace StreamSched.Learners;

/// <summary>Which schedulers serve what the roll-out says, by what they report of themselves.</summary>
internal sealed class Followers
{
    private const long Silent = 10_000_000, Patience = 30_000_000;
    private readonly Dictionary<string, Report> _reports = new(StringComparer.Ordinal);

    /// <summary>Takes a scheduler's report.</summary>
    /// <param name="scheduler">Its id.</param>
    /// <param name="follows">Whether it serves a version that the roll-out names.</param>
    /// <param name="now">µs.</param>
    /// <returns>Whether it is to be told of: it has served something else for half a minute, and that is news.</returns>
    public bool Heard(string scheduler, bool follows, long now)
    {
        _reports.TryGetValue(scheduler, out Report before);
        long since = follows ? long.MaxValue : before.At == 0 || before.Follows ? now : before.Since;
        bool isNews = !follows && !before.IsTold && now - since >= Patience;
        _reports[scheduler] = new Report(now, follows, since, !follows && (before.IsTold || isNews));
        return isNews;
    }

    /// <summary>How many schedulers report, and serve what the roll-out says or something else.</summary>
    /// <param name="follows">Which of both.</param>
    /// <param name="now">µs; who has said nothing for ten seconds does not count.</param>
    public int Count(bool follows, long now) => _reports.Values.Count(r => r.Follows == follows && now - r.At < Silent);

    // IsTold: that it strays was told.
    private readonly record struct Report(long At, bool Follows, long Since, bool IsTold);
}
