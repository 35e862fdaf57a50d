using System.Runtime.Intrinsics;
using StreamSched.Core.Prediction;

namespace StreamSched.Core.Networks;

/// <summary>An activation as a type, so that each kernel is compiled with it inside.</summary>
internal interface IActivationFunction
{
    static abstract Vector256<float> Apply(Vector256<float> x);

    static abstract Vector512<float> Apply(Vector512<float> x);

    /// <summary>dy/dx from y, so that only results are kept for the way back.</summary>
    static abstract Vector256<float> Slope(Vector256<float> y);
}

internal readonly struct IdentityFunction : IActivationFunction
{
    public static Vector256<float> Apply(Vector256<float> x) => x;

    public static Vector512<float> Apply(Vector512<float> x) => x;

    public static Vector256<float> Slope(Vector256<float> y) => Vector256<float>.One;
}

internal readonly struct TanhFunction : IActivationFunction
{
    public static Vector256<float> Apply(Vector256<float> x) => VectorMath.Tanh(x);

    public static Vector512<float> Apply(Vector512<float> x) => VectorMath.Tanh(x);

    public static Vector256<float> Slope(Vector256<float> y) => Vector256.FusedMultiplyAdd(-y, y, Vector256<float>.One);
}

internal readonly struct ReluFunction : IActivationFunction
{
    public static Vector256<float> Apply(Vector256<float> x) => Vector256.Max(x, Vector256<float>.Zero);

    public static Vector512<float> Apply(Vector512<float> x) => Vector512.Max(x, Vector512<float>.Zero);

    public static Vector256<float> Slope(Vector256<float> y) => Vector256.GreaterThan(y, Vector256<float>.Zero) & Vector256<float>.One;
}

internal readonly struct SigmoidFunction : IActivationFunction
{
    public static Vector256<float> Apply(Vector256<float> x) => VectorMath.Sigmoid(x);

    public static Vector512<float> Apply(Vector512<float> x) => VectorMath.Sigmoid(x);

    public static Vector256<float> Slope(Vector256<float> y) => y * (Vector256<float>.One - y);
}

internal readonly struct SoftplusFunction : IActivationFunction
{
    public static Vector256<float> Apply(Vector256<float> x) => VectorMath.Softplus(x);

    public static Vector512<float> Apply(Vector512<float> x) => VectorMath.Softplus(x);

    // y = log(1 + e^x), so the sigmoid of x is 1 - e^-y.
    public static Vector256<float> Slope(Vector256<float> y) => Vector256<float>.One - VectorMath.Exp(-y);
}
