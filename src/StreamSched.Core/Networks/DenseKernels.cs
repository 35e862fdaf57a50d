using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace StreamSched.Core.Networks;

/// <summary>
/// The three products of a fully connected layer. Numbers of a batch lie feature by feature ([features, stride], stride a multiple of eight), so a vector
/// holds one feature of eight samples, weights are broadcast, and small layers need no reordering. Blocks of four outputs by two vectors keep eight sums in
/// registers, as many as the latency of a fused multiply-add asks for.
/// </summary>
internal static class DenseKernels
{
    public const int Lanes = 8;

    public static int Padded(int lanes) => (lanes + Lanes - 1) & -Lanes;

    /// <summary>output = weights · input + bias.</summary>
    public static void Forward(
        ReadOnlySpan<float> weights, ReadOnlySpan<float> bias, ReadOnlySpan<float> input, int inputs, int outputs, int stride, Span<float> output)
    {
        Check(weights.Length >= inputs * outputs && bias.Length >= outputs && input.Length >= inputs * stride && output.Length >= outputs * stride
            && stride % Lanes == 0);
        ref float w = ref MemoryMarshal.GetReference(weights), x = ref MemoryMarshal.GetReference(input), y = ref MemoryMarshal.GetReference(output);
        int o = 0;
        for (; o + 4 <= outputs; o += 4)
        {
            ref float w0 = ref Unsafe.Add(ref w, o * inputs), w1 = ref Unsafe.Add(ref w0, inputs), w2 = ref Unsafe.Add(ref w1, inputs),
                w3 = ref Unsafe.Add(ref w2, inputs);
            ref float y0 = ref Unsafe.Add(ref y, o * stride);
            Vector256<float> b0 = Vector256.Create(bias[o]), b1 = Vector256.Create(bias[o + 1]), b2 = Vector256.Create(bias[o + 2]),
                b3 = Vector256.Create(bias[o + 3]);
            int v = Vector512.IsHardwareAccelerated ? Wide(ref w0, inputs, stride, bias.Slice(o, 4), ref x, ref y0) : 0;
            for (; v + (2 * Lanes) <= stride; v += 2 * Lanes)
            {
                Vector256<float> s00 = b0, s01 = b0, s10 = b1, s11 = b1, s20 = b2, s21 = b2, s30 = b3, s31 = b3;
                ref float at = ref Unsafe.Add(ref x, v);
                for (int i = 0; i < inputs; i++)
                {
                    Vector256<float> x0 = Vector256.LoadUnsafe(ref at), x1 = Vector256.LoadUnsafe(ref at, Lanes);
                    Vector256<float> k = Vector256.Create(Unsafe.Add(ref w0, i));
                    s00 = Vector256.FusedMultiplyAdd(k, x0, s00);
                    s01 = Vector256.FusedMultiplyAdd(k, x1, s01);
                    k = Vector256.Create(Unsafe.Add(ref w1, i));
                    s10 = Vector256.FusedMultiplyAdd(k, x0, s10);
                    s11 = Vector256.FusedMultiplyAdd(k, x1, s11);
                    k = Vector256.Create(Unsafe.Add(ref w2, i));
                    s20 = Vector256.FusedMultiplyAdd(k, x0, s20);
                    s21 = Vector256.FusedMultiplyAdd(k, x1, s21);
                    k = Vector256.Create(Unsafe.Add(ref w3, i));
                    s30 = Vector256.FusedMultiplyAdd(k, x0, s30);
                    s31 = Vector256.FusedMultiplyAdd(k, x1, s31);
                    at = ref Unsafe.Add(ref at, stride);
                }

                ref float to = ref Unsafe.Add(ref y0, v);
                s00.StoreUnsafe(ref to);
                s01.StoreUnsafe(ref to, Lanes);
                s10.StoreUnsafe(ref to, (nuint)stride);
                s11.StoreUnsafe(ref to, (nuint)stride + Lanes);
                s20.StoreUnsafe(ref to, 2 * (nuint)stride);
                s21.StoreUnsafe(ref to, (2 * (nuint)stride) + Lanes);
                s30.StoreUnsafe(ref to, 3 * (nuint)stride);
                s31.StoreUnsafe(ref to, (3 * (nuint)stride) + Lanes);
            }

            for (; v < stride; v += Lanes)
            {
                Vector256<float> s0 = b0, s1 = b1, s2 = b2, s3 = b3;
                ref float at = ref Unsafe.Add(ref x, v);
                for (int i = 0; i < inputs; i++)
                {
                    Vector256<float> x0 = Vector256.LoadUnsafe(ref at);
                    s0 = Vector256.FusedMultiplyAdd(Vector256.Create(Unsafe.Add(ref w0, i)), x0, s0);
                    s1 = Vector256.FusedMultiplyAdd(Vector256.Create(Unsafe.Add(ref w1, i)), x0, s1);
                    s2 = Vector256.FusedMultiplyAdd(Vector256.Create(Unsafe.Add(ref w2, i)), x0, s2);
                    s3 = Vector256.FusedMultiplyAdd(Vector256.Create(Unsafe.Add(ref w3, i)), x0, s3);
                    at = ref Unsafe.Add(ref at, stride);
                }

                ref float to = ref Unsafe.Add(ref y0, v);
                s0.StoreUnsafe(ref to);
                s1.StoreUnsafe(ref to, (nuint)stride);
                s2.StoreUnsafe(ref to, 2 * (nuint)stride);
                s3.StoreUnsafe(ref to, 3 * (nuint)stride);
            }
        }

        for (; o < outputs; o++)
        {
            ref float wo = ref Unsafe.Add(ref w, o * inputs);
            for (int v = 0; v < stride; v += Lanes)
            {
                // Two sums, since one alone would wait for itself at every input.
                Vector256<float> even = Vector256.Create(bias[o]), odd = Vector256<float>.Zero;
                int i = 0;
                for (; i + 2 <= inputs; i += 2)
                {
                    ref float at = ref Unsafe.Add(ref x, (i * stride) + v);
                    even = Vector256.FusedMultiplyAdd(Vector256.Create(Unsafe.Add(ref wo, i)), Vector256.LoadUnsafe(ref at), even);
                    odd = Vector256.FusedMultiplyAdd(Vector256.Create(Unsafe.Add(ref wo, i + 1)), Vector256.LoadUnsafe(ref at, (nuint)stride), odd);
                }

                if (i < inputs)
                    even = Vector256.FusedMultiplyAdd(Vector256.Create(Unsafe.Add(ref wo, i)), Vector256.LoadUnsafe(ref x, (nuint)((i * stride) + v)), even);
                (even + odd).StoreUnsafe(ref y, (nuint)((o * stride) + v));
            }
        }
    }

    /// <summary>y = f(y), a pass of its own: inside the products it would push their sums out of the registers.</summary>
    public static void Apply<T>(Span<float> values)
        where T : struct, IActivationFunction
    {
        Check(values.Length % Lanes == 0);
        ref float y = ref MemoryMarshal.GetReference(values);
        nuint at = 0, end = (nuint)values.Length;
        if (Vector512.IsHardwareAccelerated)
            for (; at + (2 * Lanes) <= end; at += 2 * Lanes) T.Apply(Vector512.LoadUnsafe(ref y, at)).StoreUnsafe(ref y, at);
        for (; at < end; at += Lanes) T.Apply(Vector256.LoadUnsafe(ref y, at)).StoreUnsafe(ref y, at);
    }

    /// <summary>gradient of sums = gradient of results · f'(results), in place.</summary>
    public static void ThroughActivation<T>(ReadOnlySpan<float> results, Span<float> gradient)
        where T : struct, IActivationFunction
    {
        Check(results.Length >= gradient.Length && gradient.Length % Lanes == 0);
        ref float y = ref MemoryMarshal.GetReference(results), g = ref MemoryMarshal.GetReference(gradient);
        for (nuint at = 0; at < (nuint)gradient.Length; at += Lanes)
            (Vector256.LoadUnsafe(ref g, at) * T.Slope(Vector256.LoadUnsafe(ref y, at))).StoreUnsafe(ref g, at);
    }

    /// <summary>inputGradient = weightsᵀ · gradient (added if <paramref name="add"/>).</summary>
    public static void BackwardInput(
        ReadOnlySpan<float> weights, ReadOnlySpan<float> gradient, int inputs, int outputs, int stride, Span<float> inputGradient, bool add = false)
    {
        Check(weights.Length >= inputs * outputs && gradient.Length >= outputs * stride && inputGradient.Length >= inputs * stride && stride % Lanes == 0);
        ref float w = ref MemoryMarshal.GetReference(weights), g = ref MemoryMarshal.GetReference(gradient), d = ref MemoryMarshal.GetReference(inputGradient);
        int i = 0;
        for (; i + 4 <= inputs; i += 4)
        {
            for (int v = 0; v < stride; v += Lanes)
            {
                ref float to = ref Unsafe.Add(ref d, (i * stride) + v);
                Vector256<float> s0 = Vector256<float>.Zero, s1 = s0, s2 = s0, s3 = s0;
                if (add)
                {
                    s0 = Vector256.LoadUnsafe(ref to);
                    s1 = Vector256.LoadUnsafe(ref to, (nuint)stride);
                    s2 = Vector256.LoadUnsafe(ref to, 2 * (nuint)stride);
                    s3 = Vector256.LoadUnsafe(ref to, 3 * (nuint)stride);
                }

                ref float wi = ref Unsafe.Add(ref w, i), at = ref Unsafe.Add(ref g, v);
                for (int o = 0; o < outputs; o++)
                {
                    Vector256<float> go = Vector256.LoadUnsafe(ref at);
                    s0 = Vector256.FusedMultiplyAdd(Vector256.Create(wi), go, s0);
                    s1 = Vector256.FusedMultiplyAdd(Vector256.Create(Unsafe.Add(ref wi, 1)), go, s1);
                    s2 = Vector256.FusedMultiplyAdd(Vector256.Create(Unsafe.Add(ref wi, 2)), go, s2);
                    s3 = Vector256.FusedMultiplyAdd(Vector256.Create(Unsafe.Add(ref wi, 3)), go, s3);
                    wi = ref Unsafe.Add(ref wi, inputs);
                    at = ref Unsafe.Add(ref at, stride);
                }

                s0.StoreUnsafe(ref to);
                s1.StoreUnsafe(ref to, (nuint)stride);
                s2.StoreUnsafe(ref to, 2 * (nuint)stride);
                s3.StoreUnsafe(ref to, 3 * (nuint)stride);
            }
        }

        for (; i < inputs; i++)
        {
            for (int v = 0; v < stride; v += Lanes)
            {
                ref float to = ref Unsafe.Add(ref d, (i * stride) + v);
                Vector256<float> s = add ? Vector256.LoadUnsafe(ref to) : Vector256<float>.Zero;
                for (int o = 0; o < outputs; o++)
                    s = Vector256.FusedMultiplyAdd(
                        Vector256.Create(Unsafe.Add(ref w, (o * inputs) + i)), Vector256.LoadUnsafe(ref g, (nuint)((o * stride) + v)), s);
                s.StoreUnsafe(ref to);
            }
        }
    }

    /// <summary>weightGradient += gradient · inputᵀ, biasGradient += sum of gradient. Lanes that hold no sample must have a gradient of zero.</summary>
    public static void BackwardWeights(
        ReadOnlySpan<float> gradient, ReadOnlySpan<float> input, int inputs, int outputs, int stride, Span<float> weightGradient, Span<float> biasGradient)
    {
        Check(gradient.Length >= outputs * stride && input.Length >= inputs * stride && weightGradient.Length >= inputs * outputs
            && biasGradient.Length >= outputs && stride % Lanes == 0);
        ref float g = ref MemoryMarshal.GetReference(gradient), x = ref MemoryMarshal.GetReference(input), d = ref MemoryMarshal.GetReference(weightGradient);
        for (int o = 0; o < outputs; o++)
        {
            ref float go = ref Unsafe.Add(ref g, o * stride), to = ref Unsafe.Add(ref d, o * inputs);
            Vector256<float> sum = Vector256<float>.Zero;
            for (int v = 0; v < stride; v += Lanes) sum += Vector256.LoadUnsafe(ref go, (nuint)v);
            biasGradient[o] += Vector256.Sum(sum);
            int i = 0;
            for (; i + 4 <= inputs; i += 4)
            {
                ref float x0 = ref Unsafe.Add(ref x, i * stride);
                Vector256<float> s0 = Vector256<float>.Zero, s1 = s0, s2 = s0, s3 = s0;
                for (int v = 0; v < stride; v += Lanes)
                {
                    Vector256<float> gv = Vector256.LoadUnsafe(ref go, (nuint)v);
                    s0 = Vector256.FusedMultiplyAdd(gv, Vector256.LoadUnsafe(ref x0, (nuint)v), s0);
                    s1 = Vector256.FusedMultiplyAdd(gv, Vector256.LoadUnsafe(ref x0, (nuint)(stride + v)), s1);
                    s2 = Vector256.FusedMultiplyAdd(gv, Vector256.LoadUnsafe(ref x0, (nuint)((2 * stride) + v)), s2);
                    s3 = Vector256.FusedMultiplyAdd(gv, Vector256.LoadUnsafe(ref x0, (nuint)((3 * stride) + v)), s3);
                }

                Unsafe.Add(ref to, i) += Vector256.Sum(s0);
                Unsafe.Add(ref to, i + 1) += Vector256.Sum(s1);
                Unsafe.Add(ref to, i + 2) += Vector256.Sum(s2);
                Unsafe.Add(ref to, i + 3) += Vector256.Sum(s3);
            }

            for (; i < inputs; i++)
            {
                Vector256<float> s = Vector256<float>.Zero;
                for (int v = 0; v < stride; v += Lanes)
                    s = Vector256.FusedMultiplyAdd(Vector256.LoadUnsafe(ref go, (nuint)v), Vector256.LoadUnsafe(ref x, (nuint)((i * stride) + v)), s);
                Unsafe.Add(ref to, i) += Vector256.Sum(s);
            }
        }
    }

    // The block of Forward with vectors of sixteen, where the processor has them; gives the first sample that is left.
    private static int Wide(ref float w0, int inputs, int stride, ReadOnlySpan<float> bias, ref float x, ref float y)
    {
        ref float w1 = ref Unsafe.Add(ref w0, inputs), w2 = ref Unsafe.Add(ref w1, inputs), w3 = ref Unsafe.Add(ref w2, inputs);
        int v = 0;
        for (; v + (4 * Lanes) <= stride; v += 4 * Lanes)
        {
            Vector512<float> s00 = Vector512.Create(bias[0]), s10 = Vector512.Create(bias[1]), s20 = Vector512.Create(bias[2]), s30 = Vector512.Create(bias[3]);
            Vector512<float> s01 = s00, s11 = s10, s21 = s20, s31 = s30;
            ref float at = ref Unsafe.Add(ref x, v);
            for (int i = 0; i < inputs; i++)
            {
                Vector512<float> x0 = Vector512.LoadUnsafe(ref at), x1 = Vector512.LoadUnsafe(ref at, 2 * Lanes);
                Vector512<float> k = Vector512.Create(Unsafe.Add(ref w0, i));
                s00 = Vector512.FusedMultiplyAdd(k, x0, s00);
                s01 = Vector512.FusedMultiplyAdd(k, x1, s01);
                k = Vector512.Create(Unsafe.Add(ref w1, i));
                s10 = Vector512.FusedMultiplyAdd(k, x0, s10);
                s11 = Vector512.FusedMultiplyAdd(k, x1, s11);
                k = Vector512.Create(Unsafe.Add(ref w2, i));
                s20 = Vector512.FusedMultiplyAdd(k, x0, s20);
                s21 = Vector512.FusedMultiplyAdd(k, x1, s21);
                k = Vector512.Create(Unsafe.Add(ref w3, i));
                s30 = Vector512.FusedMultiplyAdd(k, x0, s30);
                s31 = Vector512.FusedMultiplyAdd(k, x1, s31);
                at = ref Unsafe.Add(ref at, stride);
            }

            ref float to = ref Unsafe.Add(ref y, v);
            s00.StoreUnsafe(ref to);
            s01.StoreUnsafe(ref to, 2 * Lanes);
            s10.StoreUnsafe(ref to, (nuint)stride);
            s11.StoreUnsafe(ref to, (nuint)stride + (2 * Lanes));
            s20.StoreUnsafe(ref to, 2 * (nuint)stride);
            s21.StoreUnsafe(ref to, (2 * (nuint)stride) + (2 * Lanes));
            s30.StoreUnsafe(ref to, 3 * (nuint)stride);
            s31.StoreUnsafe(ref to, (3 * (nuint)stride) + (2 * Lanes));
        }

        return v;
    }

    // One check per call in front of unchecked accesses.
    private static void Check(bool fits)
    {
        if (!fits) throw new ArgumentException("a buffer of a layer is too short, or its stride no multiple of eight");
    }
}
