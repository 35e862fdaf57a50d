using System.Globalization;
using System.Text.Json;
using StreamSched.Analysis.Estimation;
using StreamSched.Core.Policies;

namespace StreamSched.Tests.Analysis;

/// <summary>Estimators against the numbers of a reference implementation, and intervals against a truth that is known.</summary>
public class OffPolicyTests
{
    [Fact]
    public void X3_every_estimate_is_that_of_the_reference()
    {
        LoggedRounds log = Read(out int rounds);
        using JsonDocument reference = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "estimates.json")));
        Assert.Equal(reference.RootElement.GetProperty("rounds").GetInt32(), rounds);
        Assert.Equal(reference.RootElement.GetProperty("effective_sample_size").GetDouble(), log.EffectiveSampleSize, 1e-6);
        int checkedOnes = 0;
        foreach (JsonProperty estimate in reference.RootElement.GetProperty("estimates").EnumerateObject())
        {
            Assert.Equal(estimate.Value.GetDouble(), Estimate(log, estimate.Name), 1e-9);
            checkedOnes++;
        }

        Assert.Equal(20, checkedOnes);
    }

    [Fact]
    public void A_log_of_the_policy_itself_gives_its_mean()
    {
        double[] reward = [1, 0, 0, 1, 1];
        LoggedRounds log = new(reward, [1, 1, 1, 1, 1], [0.5, 0.5, 0.5, 0.5, 0.5], [0.5, 0.5, 0.5, 0.5, 0.5]);
        Assert.Equal(0.6, OffPolicy.Ips(log), 12);
        Assert.Equal(0.6, OffPolicy.Snips(log), 12);
        Assert.Equal(0.6, OffPolicy.DoublyRobust(log), 12);
        Assert.Equal(0.5, OffPolicy.Direct(log), 12);
        Assert.Equal(5, log.EffectiveSampleSize, 12);
    }

    // Each log is looked at ten times, and one miss is a miss. The logger of half of them changes with the rewards that it has seen.
    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public void X3_the_sequence_holds_whoever_looks_and_though_the_logger_changes(bool changes, bool isDifference)
    {
        int missed = 0, known = 0;
        const int Logs = 400;
        for (int l = 0; l < Logs; l++)
        {
            RandomStream random = new((ulong)l + 1);
            double[] means = [0.2 + (0.6 * random.NextDouble()), 0.2 + (0.6 * random.NextDouble()), 0.5], candidate = [0.7, 0.2, 0.1];
            double[] wins = [1, 1, 1], tries = [2, 2, 2], logger = [0.1, 0.3, 0.6];
            PolicySequence sequence = new(0, 1, 0.05, isDifference);
            double truth = candidate.Zip(means, (p, m) => p * m).Sum() - (isDifference ? logger.Zip(means, (p, m) => p * m).Sum() : 0);
            bool miss = false;
            for (int i = 1; i <= 5000; i++)
            {
                if (changes)
                {
                    int best = wins[0] / tries[0] > wins[1] / tries[1] ? 0 : 1;
                    logger = [best == 0 ? 0.85 : 0.05, best == 1 ? 0.85 : 0.05, 0.1];
                }

                double draw = random.NextDouble();
                int action = draw < logger[0] ? 0 : draw < logger[0] + logger[1] ? 1 : 2;
                double reward = random.NextDouble() < means[action] ? 1 : 0;
                (wins[action], tries[action]) = (wins[action] + reward, tries[action] + 1);
                sequence.Add(candidate[action] / logger[action], reward);
                if (i % 500 != 0) continue;
                (double lower, double upper) = sequence.Interval;
                miss |= lower > truth || upper < truth;
                if (i == 5000 && upper - lower < 0.6) known++;
            }

            missed += miss ? 1 : 0;
        }

        Assert.InRange(missed, 0, Logs / 20);
        Assert.True(known > Logs / 2, $"{known} of {Logs} intervals say something");
    }

    [Fact]
    public void A_weight_without_bound_does_not_break_the_sequence()
    {
        PolicySequence sequence = new(0, 1, 0.05, isDifference: true);
        for (int i = 0; i < 1000; i++) sequence.Add(i == 10 ? 1e6 : 1, i % 2);
        (double lower, double upper) = sequence.Interval;
        Assert.True(lower >= -1 && upper <= 1 && lower <= upper, $"[{lower}, {upper}]");
        sequence.Add(1, double.NaN);
        sequence.Add(1, 5);
        Assert.Equal(2, sequence.Clamped);
    }

    private static string Folder => Components.Require("ope");

    private static double Estimate(LoggedRounds log, string name)
    {
        string[] parts = name.Split('-');
        double At(int i) => double.Parse(parts[i].Replace("clip", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
        return name switch
        {
            "ips" => OffPolicy.Ips(log),
            "snips" => OffPolicy.Snips(log),
            "dm" => OffPolicy.Direct(log),
            "dr" => OffPolicy.DoublyRobust(log),
            "sndr" => OffPolicy.SelfNormalisedDoublyRobust(log),
            "ips-slope" => OffPolicy.Ips(log, Shrinkage.Clip, OffPolicy.Slope(log, Shrinkage.Clip, false, OffPolicy.Lambdas)),
            "dr-slope" => OffPolicy.DoublyRobust(log, Shrinkage.Clip, OffPolicy.Slope(log, Shrinkage.Clip, true, OffPolicy.Lambdas)),
            "switch-dr-slope" => OffPolicy.DoublyRobust(log, Shrinkage.Switch, OffPolicy.Slope(log, Shrinkage.Switch, true, OffPolicy.Lambdas)),
            "switch-dr-mse" => OffPolicy.DoublyRobust(log, Shrinkage.Switch, OffPolicy.LeastSquaredError(log, Shrinkage.Switch, true, OffPolicy.Lambdas)),
            "dr-os-slope" => OffPolicy.DoublyRobust(log, Shrinkage.Optimistic, OffPolicy.Slope(log, Shrinkage.Optimistic, true, OffPolicy.Lambdas)),
            _ when name.StartsWith("ips-clip", StringComparison.Ordinal) => OffPolicy.Ips(log, Shrinkage.Clip, At(1)),
            _ when name.StartsWith("dr-clip", StringComparison.Ordinal) => OffPolicy.DoublyRobust(log, Shrinkage.Clip, At(1)),
            _ when name.StartsWith("switch-dr-", StringComparison.Ordinal) => OffPolicy.DoublyRobust(log, Shrinkage.Switch, At(2)),
            _ when name.StartsWith("dr-os-", StringComparison.Ordinal) => OffPolicy.DoublyRobust(log, Shrinkage.Optimistic, At(2)),
            _ when name.StartsWith("sg-ips-", StringComparison.Ordinal) => OffPolicy.Ips(log, Shrinkage.Subgaussian, At(2)),
            _ when name.StartsWith("sg-dr-", StringComparison.Ordinal) => OffPolicy.DoublyRobust(log, Shrinkage.Subgaussian, At(2)),
            _ => throw new InvalidOperationException(name),
        };
    }

    private static LoggedRounds Read(out int rounds)
    {
        double[][] rows =
        [
            .. File.ReadLines(Path.Combine(Folder, "log.csv")).Skip(1).Select(line => line.Split(',')
                .Select(x => double.Parse(x, CultureInfo.InvariantCulture)).ToArray()),
        ];
        rounds = rows.Length;
        int actions = (rows[0].Length - 3) / 2;
        return LoggedRounds.Of(
            [.. rows.Select(r => r[1])], [.. rows.Select(r => (int)r[0])], [.. rows.Select(r => r[2])], [.. rows.SelectMany(r => r[3..(3 + actions)])],
            [.. rows.SelectMany(r => r[(3 + actions)..])], actions);
    }
}
