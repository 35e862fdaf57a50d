using StreamSched.Reports;
using StreamSched.Simulation.Experiments;

namespace StreamSched.Tests.Reports;

public class SummaryTablesTests
{
    [Theory]
    [InlineData(0.010, 0.004, 0.001, "better")]
    [InlineData(0.100, 0.040, 0.001, "better, size uncertain")]
    [InlineData(0.001, 0.004, 0.400, "equal")]
    [InlineData(0.010, 0.020, 0.300, "not shown")]
    [InlineData(-0.010, 0.004, 0.001, "worse")]
    [InlineData(-0.100, 0.040, 0.001, "worse, size uncertain")]
    public void C9_A_clear_difference_of_uncertain_size_is_no_missing_one(double mean, double half, double p, string verdict)
    {
        StringWriter text = new();
        SummaryTables.Write(Report(new Interval(mean, half), p), text, everyCell: true);
        string row = text.ToString().Split('\n').Last(l => l.StartsWith("| a/1/shared/steady/success ", StringComparison.Ordinal));
        Assert.Equal(verdict, row.Split('|')[^2].Trim());
        string better = verdict.StartsWith("better", StringComparison.Ordinal) ? "1" : "0",
            unsized = verdict.StartsWith("better,", StringComparison.Ordinal) ? "1" : "0";
        Assert.Contains($"Better in {better} cells (in {unsized} of them by an uncertain size)", text.ToString(), StringComparison.Ordinal);
    }

    private static ExperimentReport Report(Interval difference, double p) => new()
    {
        Provenance = new Provenance("simulated", "streamsched", "c", "m", 0),
        Cells =
        [
            new CellReport
            {
                Scenario = "a/1/shared/steady/success", Description = "", Value = "success", Duration = 1, Load = 1, Requests = 1, Seeds = [1, 2], Assumed = [],
                BestHeuristic = "random", Policies = [Policy("price", false) with { Difference = difference, PValue = p }, Policy("random", true)],
            },
        ],
    };

    private static PolicyReport Policy(string name, bool isHeuristic)
    {
        Interval some = new(0.5, 0.01);
        Dictionary<string, double> none = [];
        return new PolicyReport
        {
            Policy = name, IsHeuristic = isHeuristic, Value = some, Success = some, Reject = some, Failure = some, Accuracy = some, AccuracyValue = some,
            P50 = some, P99 = some, Energy = some, Cost = some, Utilisation = some, Reasons = none, Sites = none, Tiers = none, Classes = none, Variants = none,
            Placements = [], Applications = [], DecisionP50 = 0, DecisionP99 = 0, RequestsPerSecond = 0, PolicyFailures = 0, ValueBySeed = [],
        };
    }
}
