using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace StreamSched.Core.Prediction;

/// <summary>What a placement of one request is worth before its price: expected value of the answer less energy, latency and cost.</summary>
/// <param name="Constant">Value of an answer, whatever its accuracy.</param>
/// <param name="PerAccuracy">Value of an answer per unit of accuracy.</param>
/// <param name="Hazard">What goes wrong with a request per second until its answer.</param>
/// <param name="PerJoule">Value of a joule.</param>
/// <param name="PerSecond">Value of a second until the answer.</param>
/// <param name="IsCorrected">Whether the policy that is asked corrects the probability.</param>
internal readonly record struct NetValue(float Constant, float PerAccuracy, float Hazard, float PerJoule, float PerSecond, bool IsCorrected)
{
    private bool HasCosts => PerJoule != 0 || PerSecond != 0;

    /// <summary>The value of eight placements.</summary>
    /// <param name="accuracy">0..1.</param>
    /// <param name="probability">Of an answer in time.</param>
    /// <param name="completion">Seconds until the answer.</param>
    /// <param name="processorTime">Seconds.</param>
    /// <param name="watts">While running.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<float> Of(
        Vector256<float> accuracy, Vector256<float> probability, Vector256<float> completion, Vector256<float> processorTime, Vector256<float> watts) =>
        (Gross(accuracy, completion) * probability) - Costs(completion, processorTime, watts);

    /// <summary>What an answer in time is worth.</summary>
    /// <param name="accuracy">0..1.</param>
    /// <param name="completion">Seconds until the answer.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<float> Gross(Vector256<float> accuracy, Vector256<float> completion) =>
        (Vector256.Create(Constant) + (accuracy * PerAccuracy)) * (Vector256<float>.One - (completion * Hazard));

    /// <summary>What is spent for it in energy and latency, in time or not.</summary>
    /// <param name="completion">Seconds until the answer.</param>
    /// <param name="processorTime">Seconds.</param>
    /// <param name="watts">While running.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<float> Costs(Vector256<float> completion, Vector256<float> processorTime, Vector256<float> watts) =>
        HasCosts ? (processorTime * watts * PerJoule) + (completion * PerSecond) : Vector256<float>.Zero;
}
