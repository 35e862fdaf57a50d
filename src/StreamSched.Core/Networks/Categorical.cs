using StreamSched.Core.Policies;

namespace StreamSched.Core.Networks;

/// <summary>The distribution that scores give over the allowed actions: probability of a is e^score(a) over the sum of the allowed ones.</summary>
public static class Categorical
{
    /// <summary>Turns scores into probabilities, in place; what is not allowed gets 0.</summary>
    /// <param name="scores">Scores, one per action.</param>
    /// <param name="mask">Which actions are allowed; empty: all.</param>
    /// <returns>The logarithm of the sum: log p(a) = score(a) - it.</returns>
    /// <exception cref="ArgumentException">Nothing is allowed.</exception>
    public static float Softmax(Span<float> scores, ReadOnlySpan<bool> mask)
    {
        float top = float.NegativeInfinity;
        for (int a = 0; a < scores.Length; a++)
            if (Allowed(mask, a) && !(scores[a] <= top)) top = scores[a];
        if (float.IsNegativeInfinity(top)) throw new ArgumentException("no action is allowed", nameof(mask));
        float sum = 0;
        for (int a = 0; a < scores.Length; a++)
        {
            scores[a] = Allowed(mask, a) ? MathF.Exp(scores[a] - top) : 0;
            sum += scores[a];
        }

        for (int a = 0; a < scores.Length; a++) scores[a] /= sum;
        return top + MathF.Log(sum);
    }

    /// <summary>Entropy in nats.</summary>
    /// <param name="probabilities">Summing up to 1.</param>
    public static float Entropy(ReadOnlySpan<float> probabilities)
    {
        float entropy = 0;
        foreach (float p in probabilities)
            if (p > 0) entropy -= p * MathF.Log(p);
        return entropy;
    }

    /// <summary>Draws an action.</summary>
    /// <param name="probabilities">Summing up to 1; what has 0 is never drawn.</param>
    /// <param name="random">Source of draws.</param>
    public static int Draw(ReadOnlySpan<float> probabilities, ref RandomStream random)
    {
        float draw = random.NextSingle();
        int last = -1;
        for (int a = 0; a < probabilities.Length; a++)
        {
            if (probabilities[a] <= 0) continue;
            last = a;
            draw -= probabilities[a];
            if (draw < 0) break;
        }

        return last;
    }

    /// <summary>The allowed action with the highest score, the first of equals; -1 if none is allowed.</summary>
    /// <param name="scores">Scores, one per action.</param>
    /// <param name="mask">Which actions are allowed; empty: all.</param>
    public static int Best(ReadOnlySpan<float> scores, ReadOnlySpan<bool> mask)
    {
        int best = -1;
        for (int a = 0; a < scores.Length; a++)
            if (Allowed(mask, a) && (best < 0 || scores[a] > scores[best])) best = a;
        return best;
    }

    internal static bool Allowed(ReadOnlySpan<bool> mask, int action) => mask.IsEmpty || mask[action];
}
