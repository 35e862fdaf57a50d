using StreamSched.Simulation.Experiments;

namespace StreamSched.Simulation.Judges;

/// <summary>One world of the experiment. Values are means per request in points; intervals are of 95 %, over seeds.</summary>
/// <param name="World">View, load, champion and challenger.</param>
/// <param name="Champion">Value with the champion alone.</param>
/// <param name="Truth">Value with the challenger alone less that with the champion alone.</param>
/// <param name="Judges">What each judge says.</param>
internal sealed record JudgedCell(string World, double Champion, Interval Truth, IReadOnlyList<JudgeFigure> Judges);
