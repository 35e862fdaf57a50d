namespace StreamSched.Core.OnlineLearning;

/// <summary>The logarithmic score of a probability that is given by its logit (Gneiting and Raftery 2007). Its derivative by the logit is probability −
/// outcome.</summary>
internal static class LogarithmicScore
{
    /// <summary>1 / (1 + e^-logit).</summary>
    /// <param name="logit">Any number.</param>
    public static float Probability(float logit) => 1 / (1 + MathF.Exp(-logit));

    /// <summary>−log of the probability of what came, also where that probability rounds to 0 or 1.</summary>
    /// <param name="logit">Any number.</param>
    /// <param name="outcome">1 or 0.</param>
    public static float Loss(float logit, float outcome) => Math.Max(logit, 0) - (logit * outcome) + MathF.Log(1 + MathF.Exp(-Math.Abs(logit)));
}
