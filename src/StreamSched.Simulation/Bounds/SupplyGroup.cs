namespace StreamSched.Simulation.Bounds;

/// <summary>
/// Processors that share a machine, and what they can do in a second together: in each state of the machine (how many runs on each of them) so much work on
/// each. With prices, the machine is worth the most that any state gives: what runs on one of them slows the others down, so they cannot all be at their best
/// at once.
/// </summary>
/// <param name="First">Index of the first processor.</param>
/// <param name="States">[states][processors of the group]; work is counted in seconds of a run among as many co-runners as there is room for.</param>
internal sealed record SupplyGroup(int First, double[][] States)
{
    /// <summary>Processors of the group.</summary>
    public int Count => States[0].Length;

    /// <summary>What a second of the group is worth.</summary>
    /// <param name="prices">Of a second's work on each processor of the instance.</param>
    public double Worth(ReadOnlySpan<double> prices)
    {
        double most = 0;
        foreach (double[] state in States) most = Math.Max(most, Of(state, prices));
        return most;
    }

    /// <summary>What one state is worth.</summary>
    /// <param name="state">One of <see cref="States"/>.</param>
    /// <param name="prices">Of a second's work on each processor of the instance.</param>
    public double Of(double[] state, ReadOnlySpan<double> prices)
    {
        double sum = 0;
        for (int i = 0; i < state.Length; i++) sum += prices[First + i] * state[i];
        return sum;
    }

    /// <summary>Processors of one machine by the law of its interference.</summary>
    /// <param name="first">Index of the first processor.</param>
    /// <param name="slots">Of each processor.</param>
    /// <param name="pace">Most work that a run on a processor does in a second among so many others on the machine.</param>
    public static SupplyGroup Of(int first, IReadOnlyList<int> slots, Func<int, int, double> pace)
    {
        List<double[]> states = [];
        int[] runs = new int[slots.Count];
        Visit(0, 0);
        return new SupplyGroup(first, [.. states.Where((s, i) => !states.Where((t, j) => j != i && Dominates(t, s) && (j < i || !Dominates(s, t))).Any())]);

        void Visit(int processor, int total)
        {
            if (processor == runs.Length)
            {
                if (total > 0) states.Add([.. runs.Select((n, p) => n == 0 ? 0 : n * pace(p, total - 1))]);
                return;
            }

            for (int n = 0; n <= slots[processor]; n++)
            {
                runs[processor] = n;
                Visit(processor + 1, total + n);
            }

            runs[processor] = 0;
        }
    }

    private static bool Dominates(double[] a, double[] b) => a.Zip(b).All(x => x.First >= x.Second);
}
