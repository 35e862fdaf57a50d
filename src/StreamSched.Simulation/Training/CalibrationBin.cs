namespace StreamSched.Simulation.Training;

/// <summary>Answers whose predicted probability lies in one tenth.</summary>
/// <param name="Answers">How many.</param>
/// <param name="Predicted">Mean probability.</param>
/// <param name="Seen">Share that came in time.</param>
public sealed record CalibrationBin(long Answers, double Predicted, double Seen);
