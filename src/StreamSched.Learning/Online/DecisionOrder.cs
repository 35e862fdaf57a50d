namespace StreamSched.Learning.Online;

/// <summary>
/// Puts outcomes, which come in the order of their results, back into the order of each scheduler's decisions: one is handed on once whatever was decided
/// before it must have ended. Outcomes that come later than that are left out, and counted.
/// </summary>
/// <param name="kind">The policy that learns.</param>
/// <param name="take">Takes a scheduler's decisions in their order.</param>
internal sealed class DecisionOrder(string kind, Action<string, LearnedDecision> take)
{
    private const long Grace = 2_000_000, LongestWait = 60_000_000;
    private const int Most = 100_000;
    private readonly Dictionary<string, Line> _lines = new(StringComparer.Ordinal);
    private long _longest;

    /// <summary>Outcomes that came too late for their place.</summary>
    public long Late { get; private set; }

    /// <summary>Takes an outcome.</summary>
    /// <param name="outcome">The outcome; without the time of its decision it is not counted.</param>
    public void Add(in LiveOutcome outcome)
    {
        if (outcome.Decided <= 0 || !float.IsFinite(outcome.DeadlineSeconds)) return;
        if (!_lines.TryGetValue(outcome.Scheduler, out Line? line)) _lines[outcome.Scheduler] = line = new Line();
        if (outcome.Decided < line.HandedOn)
        {
            Late++;
            return;
        }

        _longest = Math.Clamp((long)(outcome.DeadlineSeconds * 1e6f), _longest, LongestWait);
        line.Waiting.Enqueue(
            new LearnedDecision(
                outcome.Decided, outcome.Policy == kind ? outcome.Seen.ToArray() : [], outcome.Policy == kind, outcome.Propensity, outcome.Explored,
                outcome.IsPlaced, outcome.OnTime, (float)outcome.Utility, outcome.LatencySeconds, outcome.DeadlineSeconds, outcome.EnergyJoules),
            outcome.Decided);
        line.Latest = Math.Max(line.Latest, outcome.Decided);
        while (line.Waiting.TryPeek(out LearnedDecision? first, out long decided)
            && (decided + _longest + Grace <= line.Latest || line.Waiting.Count > Most))
        {
            line.Waiting.Dequeue();
            line.HandedOn = decided;
            take(outcome.Scheduler, first);
        }
    }

    private sealed class Line
    {
        public PriorityQueue<LearnedDecision, long> Waiting { get; } = new();

        public long Latest { get; set; } = long.MinValue;

        public long HandedOn { get; set; } = long.MinValue;
    }
}
