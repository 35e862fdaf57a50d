namespace StreamSched.Simulation.BadCandidates;

/// <summary>A world in which one bad candidate after another was proposed.</summary>
/// <param name="Seed">Of the world.</param>
/// <param name="Load">Factor on its arrivals.</param>
/// <param name="Unfinished">Candidates that were not taken, or not stopped, until its end.</param>
/// <param name="AccountOfHour">The largest loss of an hour by the roll-out's own account, in points of its value.</param>
/// <param name="Fates">What became of the others, in their order.</param>
/// <param name="Steps">The steps of the roll-out.</param>
internal sealed record CandidateDay(
    ulong Seed, double Load, int Unfinished, double AccountOfHour, IReadOnlyList<CandidateFate> Fates, IReadOnlyList<string> Steps)
{
    /// <summary>The largest loss of an hour by the truth, in points of its value.</summary>
    public double LossOfHour => Fates.SelectMany(f => f.Served.Keys).Distinct().Max(hour => (double?)Fates.Sum(f => f.LossIn(hour))) ?? 0;
}
