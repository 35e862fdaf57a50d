namespace StreamSched.Learning.Rollouts;

/// <summary>
/// What roll-outs may spend. A day's α is split over its trials as 6 / (π² k²), which sums to 1 however many there are. Only trials spend it: what is
/// rejected before changes nothing that serves. Within a trial half goes to the verdict on value, a tenth to each of three harms, a fifth to the windows that
/// are held back afterwards. An hour's loss is bounded by what the challenger served times the upper bound of what it costs.
/// </summary>
/// <param name="settings">How much there is.</param>
internal sealed class RolloutBudget(RolloutSettings settings)
{
    private const string Name = "budget";
    private const long Day = 86_400_000_000, Hour = 3_600_000_000;
    private long _day, _hour, _trials;
    private double _alpha, _spentAlpha, _settledLoss, _served;

    /// <summary>α of the verdict on value.</summary>
    public double ValueAlpha => _alpha / 2;

    /// <summary>α of each harm.</summary>
    public double HarmAlpha => _alpha / 10;

    /// <summary>α of the windows that are held back.</summary>
    public double HoldBackAlpha => _alpha / 5;

    /// <summary>What the next trial of the day would have for its verdict.</summary>
    public double NextValueAlpha => AlphaOf(_trials + 1) / 2;

    /// <summary>Tells the time; a new day and a new hour have their budgets.</summary>
    /// <param name="now">µs since 1970.</param>
    public void Advance(long now)
    {
        if (now / Day != _day) (_day, _trials, _spentAlpha) = (now / Day, 0, 0);
        if (now / Hour != _hour) (_hour, _settledLoss, _served) = (now / Hour, 0, 0);
    }

    /// <summary>Gives a trial its α.</summary>
    public void BeginTrial()
    {
        _alpha = AlphaOf(++_trials);
        _spentAlpha += _alpha;
    }

    /// <summary>Counts what the challenger has served.</summary>
    /// <param name="micros">Time of its windows.</param>
    public void Serve(double micros) => _served += micros;

    /// <summary>Upper bound of this hour's loss, in points of the value of an hour.</summary>
    /// <param name="cost">Upper bound of what the challenger costs while it serves, in points.</param>
    public double Loss(double cost) => _settledLoss + (_served / Hour * Math.Max(0, cost));

    /// <summary>Ends a trial: its loss stays with the hour.</summary>
    /// <param name="cost">As above.</param>
    public void Settle(double cost) => (_settledLoss, _served) = (Loss(cost), 0);

    /// <summary>What was spent: trials of the day, this hour's loss, α of the day.</summary>
    /// <param name="cost">As above.</param>
    public Evidence Evaluate(double cost) => new(Name, _trials, Loss(cost), 0, Loss(cost), Math.Min(1, _spentAlpha));

    /// <summary>Goes on from what a predecessor had spent.</summary>
    /// <param name="step">Its latest step.</param>
    public void Restore(RolloutStep step)
    {
        Advance(step.At);
        foreach (Evidence spent in step.Evidence)
            if (spent.Judge == Name) (_trials, _settledLoss, _served, _spentAlpha) = (spent.Count, spent.Estimate, 0, spent.Alpha);
    }

    private double AlphaOf(long trial) => settings.AlphaPerDay * 6 / (Math.PI * Math.PI * trial * trial);
}
