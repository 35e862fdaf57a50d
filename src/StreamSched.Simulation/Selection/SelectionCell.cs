namespace StreamSched.Simulation.Selection;

/// <summary>One world of the experiment.</summary>
/// <param name="World">How devices differ, and the part that is rated.</param>
/// <param name="BestCommon">The best common model, and in how many seeds it is.</param>
/// <param name="Contenders">One for each contender.</param>
internal sealed record SelectionCell(string World, IReadOnlyDictionary<string, int> BestCommon, IReadOnlyList<SelectionFigure> Contenders);
