using StreamSched.Simulation.Experiments;

namespace StreamSched.Simulation.Judges;

/// <summary>How wrong a judge is in a world. Challenger less champion in points; intervals are of 95 %, over seeds.</summary>
/// <param name="Judge">Its name.</param>
/// <param name="Estimate">Its mean estimate.</param>
/// <param name="Deviation">Standard deviation of its estimate over seeds.</param>
/// <param name="Error">Its estimate less the truth of the same seed.</param>
/// <param name="HasRightSign">Whether its mean estimate has the sign of the truth.</param>
internal sealed record JudgeFigure(string Judge, double Estimate, double Deviation, Interval Error, bool HasRightSign);
