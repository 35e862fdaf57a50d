using StreamSched.Simulation.Experiments;

namespace StreamSched.Analysis.Worlds;

/// <summary>A pair of policies in a world: judged less logger in points, with intervals of 95 % over seeds.</summary>
/// <param name="Name">Load, who logged, who is judged.</param>
/// <param name="Truth">All requests under the one less all under the other, same seed.</param>
/// <param name="Gross">Doubly robust, as if requests did not share queues.</param>
/// <param name="Net">The same on value less price.</param>
/// <param name="Twin">Both in a twin of the log, over three seeds.</param>
/// <param name="Resimulated">Both in the same world with other seeds.</param>
/// <param name="EffectiveSampleSize">Of the log for the judged policy.</param>
/// <param name="Unsupported">Probability of choices that the logger never makes.</param>
internal sealed record OffPolicyCell(
    string Name, Interval Truth, Interval Gross, Interval Net, Interval Twin, Interval Resimulated, double EffectiveSampleSize,
    double Unsupported);
