using StreamSched.Analysis.Estimation;
using StreamSched.Core.Policies;
using StreamSched.Simulation.Experiments;

namespace StreamSched.Analysis.Worlds;

/// <summary>
/// How often intervals hold a value that is known, looked at ten times: logs of three actions by a logger that changes with the rewards it has seen, and a
/// policy that is not the logger. An interval that misses once has missed.
/// </summary>
internal static class CoverageStudy
{
    private const int Rounds = 2000, Looks = 10, Resamples = 200;

    /// <summary>Runs it.</summary>
    /// <param name="logs">How many logs.</param>
    /// <param name="threads">How many at a time.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>Share of the logs in which no look missed: of the sequence, of the bootstrap and of Student's t, and the mean half-widths in the end.</returns>
    public static CoverageFigures Run(int logs, int threads, CancellationToken cancellation)
    {
        int[] held = new int[3];
        double[] widths = new double[3];
        Lock gate = new();
        Parallel.For(0, logs, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation }, l =>
        {
            (bool[] holds, double[] half) = Log((ulong)l + 1);
            lock (gate)
            {
                for (int i = 0; i < held.Length; i++) (held[i], widths[i]) = (held[i] + (holds[i] ? 1 : 0), widths[i] + half[i]);
            }
        });
        return new CoverageFigures(
            logs, (double)held[0] / logs, (double)held[1] / logs, (double)held[2] / logs, widths[0] / logs, widths[1] / logs, widths[2] / logs);
    }

    private static (bool[] Holds, double[] HalfWidths) Log(ulong seed)
    {
        RandomStream random = RandomStream.For(seed, "coverage");
        double[] means = [0.2 + (0.6 * random.NextDouble()), 0.2 + (0.6 * random.NextDouble()), 0.5], policy = [0.7, 0.2, 0.1];
        double[] wins = [1, 1, 1], tries = [2, 2, 2], values = new double[Rounds], half = new double[3];
        double truth = 0;
        for (int a = 0; a < 3; a++) truth += policy[a] * means[a];
        PolicySequence sequence = new(0, 1, 0.05, isDifference: false);
        bool[] holds = [true, true, true];
        for (int i = 0; i < Rounds; i++)
        {
            bool first = wins[0] / tries[0] > wins[1] / tries[1];
            double[] logger = [first ? 0.85 : 0.05, first ? 0.05 : 0.85, 0.1];
            double draw = random.NextDouble();
            int action = draw < logger[0] ? 0 : draw < logger[0] + logger[1] ? 1 : 2;
            double reward = random.NextDouble() < means[action] ? 1 : 0, weight = policy[action] / logger[action];
            (wins[action], tries[action]) = (wins[action] + reward, tries[action] + 1);
            values[i] = weight * reward;
            sequence.Add(weight, reward);
            if ((i + 1) % (Rounds / Looks) != 0) continue;
            (double Lower, double Upper)[] intervals = [sequence.Interval, Bootstrap(values.AsSpan(0, i + 1), ref random), Student(values.AsSpan(0, i + 1))];
            for (int k = 0; k < 3; k++)
                (holds[k], half[k]) = (holds[k] && intervals[k].Lower <= truth && truth <= intervals[k].Upper, (intervals[k].Upper - intervals[k].Lower) / 2);
        }

        return (holds, half);
    }

    private static (double Lower, double Upper) Bootstrap(ReadOnlySpan<double> values, ref RandomStream random)
    {
        double[] means = new double[Resamples];
        for (int b = 0; b < Resamples; b++)
        {
            double sum = 0;
            for (int i = 0; i < values.Length; i++) sum += values[random.NextInt32(values.Length)];
            means[b] = sum / values.Length;
        }

        Array.Sort(means);
        return (means[(int)(0.025 * Resamples)], means[(int)(0.975 * Resamples)]);
    }

    private static (double Lower, double Upper) Student(ReadOnlySpan<double> values)
    {
        Interval interval = Statistics.Mean(values.ToArray());
        return (interval.Mean - interval.Half, interval.Mean + interval.Half);
    }
}
