using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;

namespace StreamSched.Core.Scheduling;

/// <summary>With probability ε any feasible candidate that the policy finds worth it, instead of the policy's own choice. Propensities are those of the
/// mixture.</summary>
internal static class Exploration
{
    /// <summary>Draws.</summary>
    /// <param name="context">The decision, with the policy's scores.</param>
    /// <param name="choice">The policy's choice.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="random">Where draws come from.</param>
    /// <param name="propensity">Probability of what was drawn.</param>
    /// <param name="explored">Whether it was drawn in place of the policy's choice.</param>
    /// <returns>Index of a candidate; -1: rejected.</returns>
    public static int Draw(in DecisionContext context, Choice choice, float epsilon, ref RandomStream random, out float propensity, out bool explored)
    {
        Candidates candidates = context.Candidates;
        float rejectScore = context.RejectScore;
        explored = false;
        propensity = choice.Propensity;
        if (!(epsilon > 0)) return choice.Index;
        explored = random.NextSingle() < epsilon;
        ReadOnlySpan<float> score = candidates.Score;
        ReadOnlySpan<int> mask = candidates.Mask;
        int worth = Ranking.CountAbove(candidates, rejectScore);
        if (worth == 0)
        {
            explored = false;
            return choice.Index;
        }

        int index = choice.Index;
        if (explored)
        {
            int draw = random.NextInt32(worth);
            for (index = 0; mask[index] == 0 || !(score[index] > rejectScore) || draw-- > 0; index++)
            {
            }
        }

        propensity = Mixed(context, choice, epsilon, worth, index);
        return index;
    }

    /// <summary>Probability of every choice.</summary>
    /// <param name="context">The decision, with the policy's scores.</param>
    /// <param name="choice">The policy's choice.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="placed">Receives that of each candidate.</param>
    /// <returns>That of a rejection.</returns>
    public static double Probabilities(in DecisionContext context, Choice choice, float epsilon, Span<double> placed)
    {
        int worth = epsilon > 0 ? Ranking.CountAbove(context.Candidates, context.RejectScore) : 0;
        double rest = 1;
        for (int i = 0; i < context.Candidates.Count; i++)
        {
            placed[i] = context.Candidates.Mask[i] == 0 ? 0 : worth > 0 ? Mixed(context, choice, epsilon, worth, i) : Own(context, choice, i);
            rest -= placed[i];
        }

        return rest > 1e-6 ? rest : 0;
    }

    private static float Mixed(in DecisionContext context, Choice choice, float epsilon, int worth, int index)
    {
        bool isWorth = index >= 0 && context.Candidates.Score[index] > context.RejectScore;
        return ((1 - epsilon) * Own(context, choice, index)) + (isWorth ? epsilon / worth : 0);
    }

    private static float Own(in DecisionContext context, Choice choice, int index) =>
        index == choice.Index ? choice.Propensity : context.IsStochastic && index >= 0 ? context.Candidates.Probability[index] : 0;
}
