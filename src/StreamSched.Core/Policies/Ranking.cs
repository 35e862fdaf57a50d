using System.Numerics;
using System.Runtime.Intrinsics;
using StreamSched.Core.Cluster;
using StreamSched.Core.Prediction;

namespace StreamSched.Core.Policies;

/// <summary>Choosing among feasible candidates by score.</summary>
public static class Ranking
{
    /// <summary>What a second of slack counts beside a score, so that of equals the earliest to finish is the best: less than whatever tells scores
    /// apart.</summary>
    internal const float TieBreak = 0.001f;

    private const int Lanes = Columns.Lanes;

    /// <summary>The feasible candidate with the highest score, the first of equals; -1 if no feasible one has a number for a score.</summary>
    /// <param name="candidates">With scores written.</param>
    public static int Best(Candidates candidates)
    {
        Span<float> score = candidates.Score;
        ReadOnlySpan<int> mask = candidates.Mask;
        Vector256<float> best = Vector256.Create(float.NegativeInfinity);
        Vector256<int> at = Vector256.Create(-1), index = Vector256<int>.Indices;
        for (int i = 0; i < score.Length; i += Lanes)
        {
            Vector256<float> s = Columns.Load(score, i);
            Vector256<int> better = Vector256.GreaterThan(s, best).AsInt32() & Columns.Load(mask, i);
            best = Vector256.ConditionalSelect(better.AsSingle(), s, best);
            at = Vector256.ConditionalSelect(better, index, at);
            index += Vector256.Create(Lanes);
        }

        int winner = -1;
        float highest = float.NegativeInfinity;
        for (int lane = 0; lane < Lanes; lane++)
        {
            if (at[lane] < 0 || best[lane] < highest || (best[lane] == highest && winner >= 0 && at[lane] > winner)) continue;
            (winner, highest) = (at[lane], best[lane]);
        }

        return winner;
    }

    /// <summary>The same; -1 also where a refusal is as good.</summary>
    /// <param name="candidates">With scores written.</param>
    /// <param name="rejectScore">The score of a refusal.</param>
    public static int BestAbove(Candidates candidates, float rejectScore) =>
        Best(candidates) is >= 0 and var best && candidates.Score[best] > rejectScore ? best : -1;

    /// <summary>The feasible candidate with the highest score; of equals the one that finishes the earliest.</summary>
    /// <param name="candidates">With scores written.</param>
    public static int BestThenEarliest(Candidates candidates)
    {
        int winner = Best(candidates);
        if (winner < 0) return winner;
        ReadOnlySpan<float> score = candidates.Score, slack = candidates.Slack;
        ReadOnlySpan<int> mask = candidates.Mask;
        Vector256<float> best = Vector256.Create(score[winner]);
        for (int i = winner / Lanes * Lanes; i < score.Length; i += Lanes)
        {
            uint equal = (Vector256.Equals(Columns.Load(score, i), best) & Columns.Load(mask, i).AsSingle()).ExtractMostSignificantBits();
            for (; equal != 0; equal &= equal - 1)
            {
                int other = i + BitOperations.TrailingZeroCount(equal);
                if (slack[other] > slack[winner]) winner = other;
            }
        }

        return winner;
    }

    /// <summary>The feasible candidate with the least of what the scores hold; of equals the one that finishes the earliest. The scores become negative, since
    /// the higher one is better.</summary>
    /// <param name="candidates">With what is to be least in the scores.</param>
    public static int LeastThenEarliest(Candidates candidates)
    {
        Span<float> score = candidates.Score;
        for (int i = 0; i < score.Length; i += Lanes) Columns.Store(-Columns.Load(score, i), score, i);
        return BestThenEarliest(candidates);
    }

    /// <summary>The best feasible candidates but the chosen one, by score.</summary>
    /// <param name="candidates">With scores written.</param>
    /// <param name="chosen">The candidate that was chosen, or -1.</param>
    /// <param name="next">Receives indices of candidates.</param>
    /// <returns>How many there are.</returns>
    public static int NextBest(Candidates candidates, int chosen, Span<int> next)
    {
        Span<float> score = candidates.Score;
        ReadOnlySpan<int> mask = candidates.Mask;
        int n = 0;
        float least = float.NegativeInfinity;
        for (int i = 0; i < score.Length; i += Lanes)
        {
            Vector256<float> better = n < next.Length ? Vector256<float>.AllBitsSet : Vector256.GreaterThan(Columns.Load(score, i), Vector256.Create(least));
            uint left = (better & Columns.Load(mask, i).AsSingle()).ExtractMostSignificantBits();
            for (; left != 0; left &= left - 1)
            {
                int candidate = i + BitOperations.TrailingZeroCount(left);
                if (candidate == chosen || (n == next.Length && !(score[candidate] > least))) continue;
                int at = n < next.Length ? n++ : n - 1;
                for (; at > 0 && score[next[at - 1]] < score[candidate]; at--) next[at] = next[at - 1];
                next[at] = candidate;
                least = score[next[n - 1]];
            }
        }

        return n;
    }

    /// <summary>The n-th feasible candidate.</summary>
    /// <param name="candidates">With a mask.</param>
    /// <param name="n">From 0, less than the number of feasible ones.</param>
    public static int Nth(Candidates candidates, int n)
    {
        ReadOnlySpan<int> mask = candidates.Mask;
        int i = 0;
        uint feasible = Columns.Load(mask, 0).ExtractMostSignificantBits();
        for (int here; n >= (here = BitOperations.PopCount(feasible)); feasible = Columns.Load(mask, i).ExtractMostSignificantBits())
        {
            n -= here;
            i += Lanes;
        }

        for (; n > 0; n--) feasible &= feasible - 1;
        return i + BitOperations.TrailingZeroCount(feasible);
    }

    /// <summary>Draws a feasible candidate with a probability in proportion to its weight.</summary>
    /// <param name="context">With weights in the candidates' <see cref="Candidates.Probability"/>; positive and finite for the feasible ones.</param>
    public static Choice Proportional(ref DecisionContext context)
    {
        Candidates c = context.Candidates;
        Span<float> score = c.Score, weight = c.Probability;
        ReadOnlySpan<int> mask = c.Mask;
        Vector256<float> sums = Vector256<float>.Zero;
        score.Clear();
        for (int i = 0; i < weight.Length; i += Lanes)
        {
            Vector256<float> w = Columns.Load(weight, i) & Columns.Load(mask, i).AsSingle();
            Columns.Store(w, weight, i);
            sums += w;
        }

        float total = Vector256.Sum(sums), draw = context.NextSingle();
        Vector256<float> scale = Vector256.Create(1 / total);
        for (int i = 0; i < weight.Length; i += Lanes) Columns.Store(Columns.Load(weight, i) * scale, weight, i);
        int chosen = -1, block = 0;
        for (int i = 0; i < weight.Length; i += Lanes) // in steps of eight, then one by one
        {
            float here = Vector256.Sum(Columns.Load(weight, i));
            if (here <= 0) continue;
            block = i;
            if (draw < here) break;
            draw -= here;
        }

        for (int i = block; i < block + Lanes && draw >= 0; i++)
        {
            if (weight[i] <= 0) continue;
            chosen = i;
            draw -= weight[i];
        }

        context.IsStochastic = true;
        return chosen < 0 ? Choice.Reject : new Choice(chosen, weight[chosen]);
    }

    /// <summary>How many feasible candidates score above a bound.</summary>
    /// <param name="candidates">With scores written.</param>
    /// <param name="bound">The bound.</param>
    public static int CountAbove(Candidates candidates, float bound)
    {
        Span<float> score = candidates.Score;
        ReadOnlySpan<int> mask = candidates.Mask;
        int count = 0;
        for (int i = 0; i < score.Length; i += Lanes)
        {
            Vector256<float> s = Columns.Load(score, i);
            Vector256<int> above = Vector256.GreaterThan(s, Vector256.Create(bound)).AsInt32() & Columns.Load(mask, i);
            count += (int)uint.PopCount(above.ExtractMostSignificantBits());
        }

        return count;
    }

    /// <summary>
    /// Draws from the softmax of score / <paramref name="temperature"/> over the feasible candidates and a rejection of the given score. The same
    /// distribution as adding Gumbel noise of that scale and taking the best.
    /// </summary>
    /// <param name="context">With scores written.</param>
    /// <param name="temperature">Positive.</param>
    /// <param name="rejectScore">Negative infinity: never reject.</param>
    public static Choice Softmax(ref DecisionContext context, float temperature, float rejectScore)
    {
        Candidates candidates = context.Candidates;
        int best = Best(candidates);
        if (best < 0) return new Choice(-1, 0); // no feasible one has a number for a score: a failure of the policy, not a rejection
        Span<float> score = candidates.Score, weight = candidates.Probability;
        ReadOnlySpan<int> mask = candidates.Mask;
        float top = Math.Max(score[best], rejectScore), inverse = 1 / temperature;
        Vector256<float> total = Vector256<float>.Zero;
        for (int i = 0; i < score.Length; i += Lanes)
        {
            Vector256<float> s = Columns.Load(score, i);
            Vector256<float> exponent = Vector256.Max((s - Vector256.Create(top)) * inverse, Vector256.Create(-87f));

            // Below e^-20 a candidate is left out: it would never be drawn, and a log could not tell it from impossible. Of most eight none is left.
            Vector256<float> near = Vector256.GreaterThan(exponent, Vector256.Create(-20f)) & Columns.Load(mask, i).AsSingle();
            Vector256<float> w = near == Vector256<float>.Zero ? near : VectorMath.Exp(exponent) & near;
            Columns.Store(w, weight, i);
            total += w;
        }

        float rejectWeight = (rejectScore - top) * inverse > -20 ? MathF.Exp((rejectScore - top) * inverse) : 0;
        float sum = Vector256.Sum(total) + rejectWeight;
        Vector256<float> scale = Vector256.Create(1 / sum);
        for (int i = 0; i < weight.Length; i += Lanes)
            Columns.Store(Columns.Load(weight, i) * scale, weight, i);
        context.IsStochastic = true;
        float rejected = rejectWeight / sum, draw = context.NextSingle() - rejected;
        if (draw < 0) return new Choice(-1, rejected);
        int last = best;
        for (int i = 0; i < weight.Length; i += Lanes)
        {
            uint drawable = Vector256.GreaterThan(Columns.Load(weight, i), Vector256<float>.Zero).ExtractMostSignificantBits();
            for (; drawable != 0; drawable &= drawable - 1)
            {
                last = i + BitOperations.TrailingZeroCount(drawable);
                draw -= weight[last];
                if (draw < 0) return new Choice(last, weight[last]);
            }
        }

        return new Choice(last, weight[last]);
    }
}
