using System.Globalization;
using System.IO.Compression;
using StreamSched.Analysis.Estimation;
using StreamSched.Analysis.Replays;
using StreamSched.Analysis.Worlds;
using StreamSched.Avro.Records;
using StreamSched.Core.Policies;
using StreamSched.Hosting;
using StreamSched.Logs;
using StreamSched.Reports;

namespace StreamSched.Tests.Analysis;

/// <summary>Policies judged by logs of worlds.</summary>
public class LogEvaluationTests
{
    [Fact]
    public void X3_a_policy_judged_by_its_own_log_is_worth_what_it_earned()
    {
        (LogFigures log, PolicyFigures price) = Judge(Log(PolicyNames.Price, 0.2f), PolicyNames.Price);
        Assert.Empty(price.Refusals);
        Assert.Equal(1, price.MeanWeight, 1e-5);
        Assert.Equal(log.Full, price.EffectiveSampleSize, 1.0);
        Assert.Equal(0, price.Unsupported, 1e-9);
        Assert.Equal(log.Gross, price.Gross!.Estimates["IPS"], 1e-6);
        Assert.Equal(log.Gross, price.Gross.Estimates["SNIPS"], 1e-6);
        Assert.Equal(log.Gross, price.Gross.Estimates["DR"], 0.003);
        Assert.InRange(0, price.Gross.Lower, price.Gross.Upper);
        Assert.InRange(0, price.Gross.BootstrapLower, price.Gross.BootstrapUpper);
        Assert.Equal(log.P99.Value, price.P99!.Value, 1e-6);
    }

    [Fact]
    public void X3_without_support_there_is_no_estimate_and_the_choices_are_named()
    {
        (LogFigures log, PolicyFigures random) = Judge(Log(PolicyNames.MostAccurate, exploration: 0), PolicyNames.Random);
        string refusal = Assert.Single(random.Refusals, r => r.Contains("never goes", StringComparison.Ordinal));
        Assert.Contains("cpu/", refusal, StringComparison.Ordinal);
        Assert.Null(random.Gross);
        Assert.True(random.Unsupported > 0.5, $"{random.Unsupported}");
        Assert.Equal(0, log.SupportUnknown);
        Assert.NotEmpty(random.UnsupportedChoices);
    }

    [Fact]
    public void X3_wrong_propensities_are_found_by_the_mean_weight()
    {
        List<Experience> records = Log(PolicyNames.Price, exploration: 0.2f);
        foreach (Experience record in records) record.Propensity *= 0.9;
        (_, PolicyFigures price) = Judge(records, PolicyNames.Price);
        Assert.Contains("the recorded propensities are wrong", Assert.Single(price.Refusals), StringComparison.Ordinal);
    }

    [Fact]
    public void X3_what_makes_an_estimate_doubtful_is_said()
    {
        List<Experience> records = Log(PolicyNames.Price, exploration: 0.2f);
        (_, PolicyFigures few) = Judge(Log(PolicyNames.Price, exploration: 0.005f), PolicyNames.Random);
        Assert.Contains(few.Refusals, r => r.StartsWith("effective sample size", StringComparison.Ordinal));
        for (int i = 0; i < records.Count; i += 20) (records[i].Status, records[i].JoinState) = (null, JoinState.Default);
        for (int i = 1; i < records.Count; i += 2) records[i].Digest = [1, 2, 3, 4, 5, 6, 7, 8];
        (LogFigures log, PolicyFigures price) = Judge(records, PolicyNames.Price);
        Assert.Contains(price.Flags, f => f.StartsWith("5.0 % of the decisions have no result", StringComparison.Ordinal));
        Assert.Contains(price.Flags, f => f.StartsWith("nobody has the versions 0102030405060708", StringComparison.Ordinal));
        Assert.Equal(["0102030405060708"], log.Missing);
        (_, PolicyFigures sampled) = Judge(Log(PolicyNames.Price, exploration: 0.2f, fullShare: 0.1), PolicyNames.Price);
        Assert.Contains(sampled.Flags, f => f.Contains("--full-records 1", StringComparison.Ordinal));
        Assert.Empty(sampled.Refusals);
    }

    [Fact]
    public void X8_a_page_of_an_evaluation_has_its_tables_and_its_points_and_fetches_nothing()
    {
        (LogFigures log, PolicyFigures price) = Judge(Log(PolicyNames.Price, 0.2f), PolicyNames.Price);
        PolicyFigures refused = price with { Policy = "<b>no</b>", Refusals = ["too little"], Gross = null, Net = null, Median = null, P99 = null };
        EvaluationReport report = new()
        {
            Source = new LogSummary(log.Decisions, 0, null, 0, []), Log = log,
            Policies = [new(price, 0.01, 0.002, IsContradicted: false), new(refused, null, null, IsContradicted: false)],
        };
        string html = EvaluationPage.Write(report, "measured <here>");
        Assert.Contains("<td>price</td>", html, StringComparison.Ordinal);
        Assert.Contains("+1.00 &#177; 0.20", html, StringComparison.Ordinal);
        Assert.Contains("no estimate: too little", html, StringComparison.Ordinal);
        Assert.Contains("measured &lt;here&gt;", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>no", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script src", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<link", html, StringComparison.Ordinal);
        Assert.Equal(HtmlReport.HasPlots, html.Contains("id=\"answers\"", StringComparison.Ordinal));
        Assert.Equal(HtmlReport.HasPlots, html.Contains("\"resimulated\":{\"value\":1,", StringComparison.Ordinal));
        Assert.Equal(html.Split("<script>").Length, html.Split("</script>").Length);
    }

    [Fact]
    public void L2_the_latest_revision_counts_once()
    {
        List<Experience> records = Log(PolicyNames.Price, exploration: 0.2f);
        (LogFigures before, _) = Judge(records, PolicyNames.Price);
        Experience first = records[10];
        Experience revised = new()
        {
            Id = first.Id, Device = "d", Task = "t", At = first.At, JoinState = JoinState.Revised, Revision = 1, Policy = first.Policy, Utility = 1000,
            NetUtility = 1000, Propensity = first.Propensity,
        };
        Experience stray = new() { Id = Guid.NewGuid(), Device = "d", Task = "t", At = first.At, JoinState = JoinState.Revised, Policy = "price" };
        (LogFigures after, _) = Judge([.. records, revised, revised, stray], PolicyNames.Price);
        Assert.Equal(before.Decisions, after.Decisions);
        Assert.Equal(before.Gross + ((1000 - first.Utility) / before.Decisions), after.Gross, 1e-9);
        Assert.Equal(1, after.LeftOut["a correction of a decision before the log begins"]);
    }

    [Fact]
    public void X3_answers_without_a_label_are_worth_what_labels_of_others_show()
    {
        // Half of the answers are right, of each variant, where 0.9 is registered; devices tell it of three in ten, some of them later.
        RandomStream random = RandomStream.For(1, "labels");
        List<Experience> records = Log(PolicyNames.Price, exploration: 0.2f), revisions = [];
        double truth = 0;
        int unlabelled = 0;
        foreach (Experience record in records.Where(r => r.Status == ResultStatus.Ok))
        {
            (record.Accuracy, record.Output, record.Utility, record.Price, record.NetUtility) = (0.9f, 1, record.OnTime ? 0.9 : 0, 0, record.OnTime ? 0.9 : 0);
            truth += record.OnTime ? 0.5 : 0;
            if (random.NextDouble() > 0.3)
            {
                unlabelled += record.OnTime ? 1 : 0;
                continue;
            }

            bool isRight = random.NextDouble() < 0.5, isLater = random.NextDouble() < 0.5;
            Experience told = isLater ? new Experience
            {
                Id = record.Id, Device = record.Device, Task = record.Task, At = record.At, JoinState = JoinState.Revised, Revision = 1,
                Variant = record.Variant, Policy = record.Policy, Propensity = record.Propensity, Status = record.Status, OnTime = record.OnTime,
                Accuracy = 0.9f, Output = 1,
            } : record;
            told.Label = isRight ? 1 : 2;
            told.Utility = told.NetUtility = record.OnTime && isRight ? 1 : 0;
            if (isLater) revisions.Add(told);
        }

        (LogFigures log, _) = Judge([.. records, .. revisions], PolicyNames.Price);
        Assert.Equal(truth / records.Count, log.Gross, 0.03);
        double expected = (double)unlabelled / records.Count * log.Decisions;
        Assert.InRange(log.Corrected, 0.9 * expected, 1.05 * expected);
        Assert.NotEmpty(log.CorrectedVariants);
        (LogFigures twice, _) = Judge([.. records, .. revisions, .. records, .. revisions], PolicyNames.Price);
        Assert.Equal(log.Gross, twice.Gross, 1e-12);
        Assert.Equal(log.Corrected, twice.Corrected);

        // What is registered counts where labels do not contradict it.
        (LogFigures none, _) = Judge([.. records.Select(Unlabelled)], PolicyNames.Price);
        Assert.Equal(0, none.Corrected);
        Assert.True(none.Gross > log.Gross + 0.2, $"{none.Gross} and {log.Gross}");

        static Experience Unlabelled(Experience record)
        {
            record.Label = null;
            return record;
        }
    }

    [Fact]
    public void X3_answers_without_a_label_go_by_labels_of_the_same_site()
    {
        RandomStream random = RandomStream.For(2, "labels");
        List<Experience> records = Log(PolicyNames.Price, exploration: 0.2f);
        double truth = 0;
        foreach (Experience record in records)
        {
            record.Site = random.NextDouble() < 0.5 ? "yard" : "plant";
            if (record.Status != ResultStatus.Ok) continue;

            // The yard's frames alone are such that models err, and its devices tell more seldom.
            double accuracy = record.Site == "yard" ? 0.3 : 0.9;
            (record.Accuracy, record.Output, record.Utility, record.Price, record.NetUtility) = (0.9f, 1, record.OnTime ? 0.9 : 0, 0, record.OnTime ? 0.9 : 0);
            truth += record.OnTime ? accuracy : 0;
            if (random.NextDouble() > (record.Site == "yard" ? 0.2 : 0.6)) continue;
            bool isRight = random.NextDouble() < accuracy;
            record.Label = isRight ? 1 : 2;
            record.Utility = record.NetUtility = record.OnTime && isRight ? 1 : 0;
        }

        (LogFigures log, _) = Judge(records, PolicyNames.Price);
        Assert.Equal(truth / records.Count, log.Gross, 0.02);
    }

    [Fact]
    public void X3_answers_are_held_against_the_truth_of_a_world()
    {
        OffPolicyCell cell = Assert.Single(OffPolicyExperiment.Run(
            ShippedScenarios.Read("live-nothing")[0], PolicyShelf.Of(PolicySource.Find(PolicyNames.Neural, "--policy").File!), seeds: 2, threads: 2,
            ["1.1/price/most-accurate"], progress: null, TestContext.Current.CancellationToken));
        Assert.True(cell.Truth.Mean < -1, $"{cell}"); // who looks at accuracy alone loses at this load
        Assert.True(Math.Abs(cell.Resimulated.Mean - cell.Truth.Mean) < Math.Abs(cell.Gross.Mean - cell.Truth.Mean), $"{cell}");
        Assert.True(Math.Abs(cell.Twin.Mean - cell.Truth.Mean) < 0.1 * Math.Abs(cell.Gross.Mean - cell.Truth.Mean), $"{cell}");
        CoverageFigures coverage = CoverageStudy.Run(100, 2, TestContext.Current.CancellationToken);
        Assert.True(coverage.Sequence >= 0.95 && coverage.Student < 0.95, $"{coverage}");
    }

    // The Open Bandit Dataset, men's campaign: 10,000 impressions by a uniform policy, and as many by Bernoulli Thompson sampling, whose mean is the truth.
    [Fact]
    public void X3_the_open_bandit_datasets_other_policy_is_worth_what_it_earned_there()
    {
        (int Item, int Position, double Click, double Propensity)[] random = Impressions("random"), thompson = Impressions("bts");
        double truth = thompson.Average(r => r.Click);
        Dictionary<(int, int), double> policy = thompson.GroupBy(r => (r.Item, r.Position)).ToDictionary(g => g.Key, g => g.Average(r => r.Propensity));
        Dictionary<int, double> sums = policy.GroupBy(p => p.Key.Item2).ToDictionary(g => g.Key, g => g.Sum(p => p.Value));
        double Probability(int item, int position) => policy.GetValueOrDefault((item, position)) / sums[position];

        PolicySequence sequence = new(0, 1, 0.05, isDifference: false);
        foreach (var r in random) sequence.Add(Probability(r.Item, r.Position) / r.Propensity, r.Click);
        (double lower, double upper) = sequence.Interval;
        Assert.InRange(truth, lower, upper);
        Assert.True(upper < 0.1, $"[{lower}, {upper}], in truth {truth}");

        // Without the items that it shows most there is no estimate, and they are named.
        HashSet<int> gone = [.. thompson.GroupBy(r => r.Item).OrderByDescending(g => g.Count()).Take(3).Select(g => g.Key)];
        double left = 1 - (gone.Count / (double)random.Select(r => r.Item).Distinct().Count());
        var cut = random.Where(r => !gone.Contains(r.Item)).Select(r => r with { Propensity = r.Propensity / left }).ToArray();
        double unsupported = cut.Average(r => gone.Sum(item => Probability(item, r.Position)));
        GrowingRows rows = new();
        float[] row = new float[OutcomeFeatures.Count];
        row[0] = 1;
        foreach (var _ in cut) rows.Add(row);
        LoggedDecision[] decisions =
            [.. cut.Select((r, i) => new LoggedDecision { At = i, Gross = r.Click, Net = r.Click, Rate = 1, Full = i, Fold = (byte)(i % 5), IsJoined = true })];
        (LogFigures log, _) = Judge([], PolicyNames.Random);
        PolicyJudge judge = new(
            new EvaluationSettings(), decisions, [.. Enumerable.Range(0, cut.Length)], [.. cut.Select(_ => 1.0)], rows, log with { Joined = 1 });
        PolicyFigures figures = judge.Judge(
            "bts", [.. cut.Select(r => Probability(r.Item, r.Position) / r.Propensity)], rows, unsupported, [.. gone.Select(item => $"item {item}")]);
        string refusal = Assert.Single(figures.Refusals);
        Assert.All(gone, item => Assert.Contains($"item {item}", refusal, StringComparison.Ordinal));
    }

    private static (int Item, int Position, double Click, double Propensity)[] Impressions(string policy)
    {
        using GZipStream file = new(File.OpenRead(Path.Combine(Components.Require("obd"), policy, "men", "men.csv.gz")), CompressionMode.Decompress);
        using StreamReader reader = new(file);
        string[] names = reader.ReadLine()!.Split(',');
        int item = Array.IndexOf(names, "item_id"), position = Array.IndexOf(names, "position"), click = Array.IndexOf(names, "click");
        int propensity = Array.FindIndex(names, n => n is "propensity_score" or "action_prob");
        List<(int, int, double, double)> rows = [];
        while (reader.ReadLine() is { } line)
        {
            string[] cells = line.Split(',');
            rows.Add((Int(cells[item]), Int(cells[position]), Double(cells[click]), Double(cells[propensity])));
        }

        return [.. rows];

        static int Int(string cell) => int.Parse(cell, CultureInfo.InvariantCulture);
        static double Double(string cell) => double.Parse(cell, CultureInfo.InvariantCulture);
    }

    private static List<Experience> Log(string policy, float exploration, double fullShare = 1) => TestLog.Of(policy, 25, 11, exploration, fullShare);

    private static (LogFigures Log, PolicyFigures Policy) Judge(List<Experience> records, string policy)
    {
        PolicyShelf shelf = new();
        shelf.Add(PolicySource.Find(PolicyNames.Neural, "--policy").File!);
        RecordedPolicy judged = PolicySource.Find(policy, "--policy").File is { } file ? PolicyShelf.Of(file) : shelf.BuiltIn(policy)!;
        LogEvaluation evaluation = new([(policy, judged)], shelf, new EvaluationSettings());
        WorldLog.Read(records, evaluation.Take);
        (LogFigures log, IReadOnlyList<PolicyFigures> policies) = evaluation.Finish();
        return (log, policies[0]);
    }
}
