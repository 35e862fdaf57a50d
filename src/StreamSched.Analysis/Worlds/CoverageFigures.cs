namespace StreamSched.Analysis.Worlds;

/// <summary>How often intervals of 95 % held the truth at all of ten looks, and how wide they were at the last.</summary>
/// <param name="Logs">How many logs.</param>
/// <param name="Sequence">Share, of the confidence sequence.</param>
/// <param name="Bootstrap">Of the bootstrap.</param>
/// <param name="Student">Of Student's t.</param>
/// <param name="SequenceHalf">Mean half-width of the sequence.</param>
/// <param name="BootstrapHalf">Of the bootstrap.</param>
/// <param name="StudentHalf">Of Student's t.</param>
internal sealed record CoverageFigures(
    int Logs, double Sequence, double Bootstrap, double Student, double SequenceHalf, double BootstrapHalf, double StudentHalf);
