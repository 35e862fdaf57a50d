using StreamSched.Core.Policies;
using StreamSched.Core.Rollouts;

namespace StreamSched.Learning.Rollouts;

/// <summary>
/// Judges a policy by windows that everybody serves with the same arm: requests share queues, so a comparison of requests side by side would credit the
/// greedier arm with the queues that the other keeps short. Unit of analysis is the pair of windows. All differences are in points, hundredths of the mean
/// per request: challenger less champion, or where windows are held back, champion less former champion. Memory is bounded.
/// </summary>
/// <param name="leastPairs">Fewest pairs of an interval.</param>
internal sealed class Switchback(int leastPairs)
{
    /// <summary>Pairs that wait for their outcomes at a time; one more closes the oldest.</summary>
    public const int MostOpenPairs = 64;

    // Half-widths are tightest about so many pairs: a verdict on value takes dozens; a harm is to be seen in a few, and few windows are held back.
    private const double Many = 60, Few = 10;
    private const int NoiseMemory = 50;
    private readonly Side[] _sides = new Side[2 * MostOpenPairs];
    private const int Harms = 3, Learned = 4;
    private readonly MeanSequence?[] _sequences = new MeanSequence?[5];
    private int _oldest;
    private double _noise;

    /// <summary>The plan that outcomes are held against.</summary>
    public WindowPlan? Plan { get; private set; }

    /// <summary>Trial pairs in which both windows had requests.</summary>
    public long Pairs => _sequences[0]?.Count ?? 0;

    /// <summary>Outcomes that came after their pair was closed.</summary>
    public long Late { get; private set; }

    /// <summary>Outcomes before the plan, in a burn-in or in a tail.</summary>
    public long Dropped { get; private set; }

    /// <summary>Outcomes of another arm or window than planned: their scheduler did not follow the plan.</summary>
    public long Strayed { get; private set; }

    /// <summary>Outcomes whose value is not a finite number.</summary>
    public long NotFinite { get; private set; }

    /// <summary>Largest loss of value in a trial pair, in points.</summary>
    public double WorstLoss { get; private set; }

    /// <summary>Standard deviation of the difference between two windows of the champion, in points; moving.</summary>
    public double Noise => Math.Sqrt(_noise);

    /// <summary>How many such pairs there were.</summary>
    public int NoisePairs { get; private set; }

    /// <summary>Difference of the value.</summary>
    public Evidence Value => Evaluate(0, "switchback");

    /// <summary>Difference of the share of requests that were missed.</summary>
    public Evidence Missed => Evaluate(1, "misses");

    /// <summary>Difference of the share of requests that were rejected.</summary>
    public Evidence Rejected => Evaluate(2, "rejects");

    /// <summary>Difference of the share of requests that failed.</summary>
    public Evidence Failed => Evaluate(3, "failures");

    /// <summary>Difference of the value between what was learned and the baseline.</summary>
    public Evidence Learning => Evaluate(Learned, "baseline");

    /// <summary>How many pairs it takes until the value's half-width is no more than some points, by the noise so far.</summary>
    /// <param name="points">Half-width.</param>
    /// <param name="alpha">As of the value's interval.</param>
    public double PairsFor(double points, double alpha) => MeanSequence.CountFor(points, Noise, alpha, Many, leastPairs);

    /// <summary>Begins the evidence anew.</summary>
    /// <param name="valueAlpha">Of the value's interval.</param>
    /// <param name="harmAlpha">Of each harm's interval.</param>
    /// <param name="hasFewPairs">Whether few windows are not the champion's.</param>
    public void Judge(double valueAlpha, double harmAlpha, bool hasFewPairs = false)
    {
        _sequences[0] = new MeanSequence(valueAlpha, hasFewPairs ? Few : Many, leastPairs);
        for (int harm = 1; harm <= Harms; harm++) _sequences[harm] = new MeanSequence(harmAlpha, Few, leastPairs);
        WorstLoss = 0;
    }

    /// <summary>Begins the evidence of what learning is worth anew.</summary>
    /// <param name="alpha">Of its interval.</param>
    public void JudgeLearning(double alpha) => _sequences[Learned] = new MeanSequence(alpha, Few, leastPairs, ofTheseValues: true);

    /// <summary>Follows another plan; pairs of the former one that are not closed are dropped, evidence stays.</summary>
    /// <param name="plan">The plan; of share 0: nobody was told.</param>
    public void Begin(WindowPlan plan)
    {
        (Plan, _oldest) = (plan, 0);
        Array.Clear(_sides);
    }

    /// <summary>Takes in an outcome.</summary>
    /// <param name="outcome">The outcome.</param>
    public void Observe(in RolloutOutcome outcome)
    {
        if (!double.IsFinite(outcome.Value))
        {
            NotFinite++;
            return;
        }

        if (Plan is not { } plan || !plan.Counts(outcome.Created))
        {
            Dropped++;
            return;
        }

        ArmWindow planned = plan.At(outcome.Created);
        if (plan.Share > 0 && (outcome.Arm != planned.Arm || outcome.Window != planned.Window))
        {
            Strayed++;
            return;
        }

        int pair = planned.Window >> 1;
        if (pair < _oldest)
        {
            Late++;
            return;
        }

        CloseBefore(pair - MostOpenPairs + 1);
        _sides[Place(planned.Window)].Add(outcome);
    }

    /// <summary>Closes the pairs that have all of their outcomes.</summary>
    /// <param name="watermark">Outcomes of requests that came before this instant have come, µs since 1970.</param>
    public void Advance(long watermark)
    {
        if (Plan is { } plan) CloseBefore((int)Math.Clamp((watermark - plan.Start) / (2 * plan.Length), 0, int.MaxValue / 2));
    }

    private static int Place(int window) => window & ((2 * MostOpenPairs) - 1);

    private void CloseBefore(int pair)
    {
        for (int last = Math.Min(pair, _oldest + MostOpenPairs); _oldest < last; _oldest++) Close(_oldest);
        _oldest = Math.Max(_oldest, pair);
    }

    private void Close(int pair)
    {
        ref Side first = ref _sides[Place(2 * pair)];
        ref Side second = ref _sides[Place((2 * pair) + 1)];
        WindowPlan plan = Plan!;
        bool isTrial = plan.IsTrialPair(pair);
        if (first.Count > 0 && second.Count > 0)
        {
            // The newer policy is the challenger, or the champion where the former one holds back.
            bool firstIsChampions = plan.At(plan.Start + (2 * pair * plan.Length)).Arm == Arm.Champion;
            bool newerIsFirst = isTrial && firstIsChampions == plan.HoldsBack;
            Compare(isTrial, newerIsFirst ? first : second, newerIsFirst ? second : first);
        }

        first = default;
        second = default;
    }

    private void Compare(bool isTrial, in Side newer, in Side older)
    {
        double value = Points(newer.Value, newer.Count, older.Value, older.Count);
        if (!isTrial)
        {
            NoisePairs++;
            _noise += ((value * value) - _noise) / Math.Min(NoisePairs, NoiseMemory);
            return;
        }

        if (Plan!.IsBaseline)
        {
            _sequences[Learned]?.Add(value);
            return;
        }

        WorstLoss = Math.Max(WorstLoss, -value);
        _sequences[0]?.Add(value);
        _sequences[1]?.Add(Points(newer.Missed, newer.Count, older.Missed, older.Count));
        _sequences[2]?.Add(Points(newer.Rejected, newer.Count, older.Rejected, older.Count));
        _sequences[3]?.Add(Points(newer.Failed, newer.Count, older.Failed, older.Count));
    }

    private static double Points(double newer, long newerCount, double older, long olderCount) => 100 * ((newer / newerCount) - (older / olderCount));

    private Evidence Evaluate(int sequence, string judge) =>
        _sequences[sequence]?.Evaluate(judge) ?? new Evidence(judge, 0, 0, double.NegativeInfinity, double.PositiveInfinity, 1);

    // Sums over the requests of a window.
    private struct Side
    {
        public long Count, Missed, Rejected, Failed;
        public double Value;

        public void Add(in RolloutOutcome outcome)
        {
            Count++;
            Value += outcome.Value;
            if (outcome.Missed) Missed++;
            if (outcome.Rejected) Rejected++;
            if (outcome.Failed) Failed++;
        }
    }
}
