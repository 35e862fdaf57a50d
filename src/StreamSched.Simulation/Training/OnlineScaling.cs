using StreamSched.Core.Prediction;

namespace StreamSched.Simulation.Training;

/// <summary>
/// Platt scaling while answers come: two numbers a and b, so that σ(a · logit + b) fits what came (Platt 1999; online: Gupta and Ramdas, arXiv 2305.00070).
/// One step of Newton's method on the logarithmic loss for each answer, with forgetting; a and b are bounded.
/// </summary>
internal sealed class OnlineScaling
{
    private const double Memory = 1000, Prior = 100, LeastSlope = 0.25, MostSlope = 4, MostShift = 3;
    private double _slope = 1, _shift, _hSlope = 1, _hBoth, _hShift = 0.1;
    private long _count;

    /// <summary>A logit as answers so far have shown it.</summary>
    /// <param name="logit">As predicted.</param>
    public double Scale(double logit) => (_slope * logit) + _shift;

    /// <summary>Takes an outcome.</summary>
    /// <param name="logit">As predicted.</param>
    /// <param name="outcome">1: in time; 0: not.</param>
    public void Add(double logit, double outcome)
    {
        if (!double.IsFinite(logit)) return;
        double p = OnTimeModel.OfLogit(Scale(logit)), curvature = p * (1 - p), weight = 1 / Math.Min(Memory, ++_count + Prior);
        _hSlope += weight * ((curvature * logit * logit) - _hSlope);
        _hBoth += weight * ((curvature * logit) - _hBoth);
        _hShift += weight * (curvature - _hShift);
        double a = _hSlope + 1e-3, c = _hShift + 1e-3, determinant = Math.Max(1e-9, (a * c) - (_hBoth * _hBoth)), residual = weight * (outcome - p);
        _slope = Math.Clamp(_slope + (residual * ((c * logit) - _hBoth) / determinant), LeastSlope, MostSlope);
        _shift = Math.Clamp(_shift + (residual * (a - (_hBoth * logit)) / determinant), -MostShift, MostShift);
    }
}
