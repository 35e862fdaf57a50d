namespace StreamSched.Simulation.Training;

/// <summary>One predictor.</summary>
/// <param name="Brier">Mean squared difference of probability and outcome.</param>
/// <param name="LogLoss">Mean of -log of the probability given to what happened.</param>
/// <param name="Reliability">By tenths of the predicted probability.</param>
public sealed record CalibrationSide(double Brier, double LogLoss, IReadOnlyList<CalibrationBin> Reliability)
{
    /// <summary>Expected calibration error: mean of |predicted - seen| over bins, by their answers.</summary>
    public double CalibrationError =>
        Reliability.Sum(b => b.Answers == 0 ? 0 : b.Answers * Math.Abs(b.Predicted - b.Seen)) / Math.Max(1, Reliability.Sum(b => b.Answers));
}
