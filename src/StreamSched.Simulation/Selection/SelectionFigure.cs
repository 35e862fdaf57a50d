using StreamSched.Simulation.Experiments;

namespace StreamSched.Simulation.Selection;

/// <summary>What a contender's choices came to in a world. Means per request; intervals are of 95 %, over seeds, of differences of the same seed.</summary>
/// <param name="Contender">Its name.</param>
/// <param name="Quality">Quality of experience, in points (hundredths).</param>
/// <param name="Accuracy">Right answers, in percent.</param>
/// <param name="Milliseconds">Service time.</param>
/// <param name="Regret">Quality of the best variant of each device less its own, in points.</param>
/// <param name="QualityGained">Its quality less that of the best common model, in points.</param>
/// <param name="AccuracyGained">Its accuracy less that of the best common model, in points.</param>
/// <param name="LastQuarter"><paramref name="QualityGained"/> in the last quarter of the run.</param>
/// <param name="SecondsTo90">From when on the mean up to the end has nine tenths of what the best variant of each device has above the best common model;
/// counted from the change, where there is one. Null: not before the last quarter, or that is nothing.</param>
/// <param name="Nanoseconds">What a choice takes on this machine: the median over seeds.</param>
internal sealed record SelectionFigure(
    string Contender, double Quality, double Accuracy, double Milliseconds, double Regret, Interval QualityGained, Interval AccuracyGained,
    Interval LastQuarter, double? SecondsTo90, double Nanoseconds);
