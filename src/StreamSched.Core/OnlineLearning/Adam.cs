using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace StreamSched.Core.OnlineLearning;

/// <summary>Adam (Kingma and Ba 2015), with clipping of the gradient's length in front (Pascanu, Mikolov, Bengio 2013).</summary>
public sealed class Adam
{
    private readonly float[] _mean, _square;

    /// <summary>For parameters of a given number.</summary>
    /// <param name="parameters">How many.</param>
    /// <param name="settings">Settings.</param>
    public Adam(int parameters, AdamSettings settings) => (_mean, _square, Settings) = (new float[parameters], new float[parameters], settings);

    /// <summary>Settings.</summary>
    public AdamSettings Settings { get; }

    /// <summary>Steps taken.</summary>
    public long Steps { get; private set; }

    /// <summary>One step downhill; sets the gradients to zero.</summary>
    /// <param name="parameters">Moved.</param>
    /// <param name="gradients">Of the loss.</param>
    /// <param name="learningRate">Instead of the one in the settings, for schedules.</param>
    /// <returns>The gradient's length before clipping. If it is not finite, nothing was moved, so that one bad batch does not destroy the parameters.</returns>
    public float Step(Span<float> parameters, Span<float> gradients, float? learningRate = null)
    {
        if (parameters.Length != _mean.Length || gradients.Length != _mean.Length)
            throw new ArgumentException($"this optimiser is for {_mean.Length} parameters");
        float norm = Norm(gradients);
        if (!float.IsFinite(norm))
        {
            gradients.Clear();
            return norm;
        }

        Steps++;
        float scale = norm > Settings.MaxGradientNorm ? Settings.MaxGradientNorm / norm : 1;
        double unbias1 = 1 - Math.Pow(Settings.Beta1, Steps), unbias2 = 1 - Math.Pow(Settings.Beta2, Steps);
        float rate = (float)((learningRate ?? Settings.LearningRate) / unbias1), inverse = (float)(1 / Math.Sqrt(unbias2)), epsilon = Settings.Epsilon;
        float beta1 = Settings.Beta1, beta2 = Settings.Beta2;
        ref float p = ref MemoryMarshal.GetReference(parameters), g = ref MemoryMarshal.GetReference(gradients);
        ref float m = ref MemoryMarshal.GetArrayDataReference(_mean), v = ref MemoryMarshal.GetArrayDataReference(_square);
        int i = 0;
        for (; i + Vector256<float>.Count <= parameters.Length; i += Vector256<float>.Count)
        {
            nuint at = (nuint)i;
            Vector256<float> gradient = Vector256.LoadUnsafe(ref g, at) * scale;
            Vector256<float> mean = Vector256.LoadUnsafe(ref m, at) * beta1 + gradient * (1 - beta1);
            Vector256<float> square = Vector256.LoadUnsafe(ref v, at) * beta2 + gradient * gradient * (1 - beta2);
            mean.StoreUnsafe(ref m, at);
            square.StoreUnsafe(ref v, at);
            (Vector256.LoadUnsafe(ref p, at) - (mean * rate / (Vector256.Sqrt(square) * inverse + Vector256.Create(epsilon)))).StoreUnsafe(ref p, at);
        }

        for (; i < parameters.Length; i++)
        {
            float gradient = gradients[i] * scale;
            _mean[i] = (beta1 * _mean[i]) + ((1 - beta1) * gradient);
            _square[i] = (beta2 * _square[i]) + ((1 - beta2) * gradient * gradient);
            parameters[i] -= rate * _mean[i] / ((MathF.Sqrt(_square[i]) * inverse) + epsilon);
        }

        gradients.Clear();
        return norm;
    }

    /// <summary>Writes the moments and the number of steps.</summary>
    /// <param name="checkpoint">Where to.</param>
    /// <param name="key">Name of this optimiser in it.</param>
    public void Save(Checkpoint checkpoint, string key)
    {
        checkpoint.Set(key + ".mean", _mean);
        checkpoint.Set(key + ".square", _square);
        checkpoint.Set(key + ".steps", (ulong)Steps);
    }

    /// <summary>Takes up what <see cref="Save"/> wrote.</summary>
    /// <param name="checkpoint">From where.</param>
    /// <param name="key">Name of this optimiser in it.</param>
    /// <exception cref="CheckpointException">It is not there, or of other parameters.</exception>
    public void Load(Checkpoint checkpoint, string key)
    {
        checkpoint.Get(key + ".mean", _mean);
        checkpoint.Get(key + ".square", _square);
        Steps = (long)checkpoint.GetUInt64(key + ".steps");
    }

    private static float Norm(ReadOnlySpan<float> gradients)
    {
        double sum = 0;
        foreach (float g in gradients) sum += (double)g * g;
        return (float)Math.Sqrt(sum);
    }
}
