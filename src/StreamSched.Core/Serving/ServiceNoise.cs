using System.Globalization;

namespace StreamSched.Core.Serving;

/// <summary>How service times scatter about the measured one; the mean factor is 1. For the simulator, and for workers that emulate a device.</summary>
/// <param name="Sigma">Standard deviation of the logarithm (log-normal).</param>
/// <param name="Exponential">Exponential instead, for comparison with closed forms.</param>
public readonly record struct ServiceNoise(double Sigma, bool Exponential)
{
    /// <summary>The word for exponential times.</summary>
    public const string ExponentialName = "exponential";

    /// <summary>The largest standard deviation of the logarithm.</summary>
    public const double MostSigma = 3;

    /// <summary>Whether nothing scatters.</summary>
    public bool IsNone => !Exponential && Sigma == 0;

    /// <summary>Reads a standard deviation of the logarithm, or <see cref="ExponentialName"/>.</summary>
    /// <param name="text">As users write it.</param>
    /// <param name="noise">What it says.</param>
    public static bool TryParse(string text, out ServiceNoise noise)
    {
        noise = new ServiceNoise(0, Exponential: text == ExponentialName);
        if (noise.Exponential) return true;
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double sigma) || sigma is not (>= 0 and <= MostSigma)) return false;
        noise = new ServiceNoise(sigma, Exponential: false);
        return true;
    }

    /// <summary>The factor of a service time.</summary>
    /// <param name="normal">A draw from the standard normal distribution.</param>
    /// <param name="uniform">A draw from 0..1, 1 excluded.</param>
    public float Factor(float normal, float uniform)
    {
        if (Exponential) return -MathF.Log(1 - uniform);
        float sigma = (float)Sigma;
        return sigma == 0 ? 1 : MathF.Exp((sigma * normal) - (sigma * sigma / 2));
    }

    /// <summary>As users write it.</summary>
    public override string ToString() => Exponential ? ExponentialName : Sigma.ToString(CultureInfo.InvariantCulture);
}
