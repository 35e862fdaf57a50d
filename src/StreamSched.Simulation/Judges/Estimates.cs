using StreamSched.Core.Policies;
using StreamSched.Core.Rollouts;
using StreamSched.Learning.Rollouts;

namespace StreamSched.Simulation.Judges;

/// <summary>What judges make of a world's requests: challenger less champion, in points (hundredths of the mean per request).</summary>
internal static class Estimates
{
    private static readonly RolloutSettings Settings = new();

    /// <summary>Mean value of a request, in points.</summary>
    /// <param name="requests">Of a world with one policy.</param>
    public static double Value(IReadOnlyList<JudgedRequest> requests) => 100 * requests.Average(r => r.Value);

    /// <summary>A canary: the requests that the challenger decided against those beside them.</summary>
    /// <param name="requests">Of a world that both share.</param>
    public static double Canary(IReadOnlyList<JudgedRequest> requests) => SideBySide(requests, r => r.Value);

    /// <summary>The same, less what each placement takes from others by the price rule's prices.</summary>
    /// <param name="requests">Of a world that both share.</param>
    public static double NetUtility(IReadOnlyList<JudgedRequest> requests) => SideBySide(requests, r => r.Value - r.Price);

    /// <summary>Self-normalised inverse propensity scores of both policies (Swaminathan and Joachims 2015) on the champion's log.</summary>
    /// <param name="log">Of a world in which the champion served and the challenger was asked.</param>
    public static double Snips(IReadOnlyList<JudgedRequest> log) => 100 * (Mean(log, r => r.Challenger) - Mean(log, r => r.Champion));

    /// <summary>Doubly robust scores of both policies (Dudík, Langford, Li 2011), with the candidates' own predictions for a model.</summary>
    /// <param name="log">Of a world in which the champion served and the challenger was asked.</param>
    public static double DoublyRobust(IReadOnlyList<JudgedRequest> log) => 100 * log.Average(r =>
        r.Challenger.Predicted - r.Champion.Predicted + ((r.Challenger.Weight - r.Champion.Weight) * (r.Value - r.Predicted)));

    /// <summary>The roll-out's switchback.</summary>
    /// <param name="requests">Of a world that has followed the plan.</param>
    /// <param name="plan">The plan.</param>
    public static double Switchback(IReadOnlyList<JudgedRequest> requests, WindowPlan plan)
    {
        Switchback judge = new(Settings.LeastPairs);
        judge.Judge(Settings.AlphaPerDay, Settings.AlphaPerDay);
        judge.Begin(plan);
        foreach (JudgedRequest request in requests)
            judge.Observe(new RolloutOutcome { Created = request.Created, Arm = request.Arm, Window = request.Window, Value = request.Value });
        judge.Advance(plan.End);
        return judge.Value.Estimate;
    }

    /// <summary>A roll-out's shortest windows, half of them the challenger's.</summary>
    /// <param name="longestDeadline">Seconds.</param>
    /// <param name="start">Of the first one, µs.</param>
    /// <param name="end">Of the last one, µs.</param>
    /// <param name="seed">Key of their order.</param>
    public static WindowPlan Windows(double longestDeadline, long start, long end, long seed)
    {
        WindowLength length = WindowLength.For(Settings, new RolloutConditions(TimeSpan.Zero, TimeSpan.FromSeconds(longestDeadline), TimeSpan.Zero));
        return new WindowPlan
        {
            Start = start, End = end, Length = length.Length, BurnIn = length.BurnIn, Tail = length.Tail, Share = 0.5, Seed = seed,
        };
    }

    private static double SideBySide(IReadOnlyList<JudgedRequest> requests, Func<JudgedRequest, double> of) =>
        100 * (requests.Where(r => r.Arm == Arm.Challenger).Average(of) - requests.Where(r => r.Arm == Arm.Champion).Average(of));

    private static double Mean(IReadOnlyList<JudgedRequest> log, Func<JudgedRequest, PolicyView> of) =>
        log.Sum(r => of(r).Weight * r.Value) / log.Sum(r => of(r).Weight);
}
