using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;
using StreamSched.Simulation.Experiments;
using static System.FormattableString;

namespace StreamSched.Demo;

/// <summary>The demo on a terminal.</summary>
internal static class DemoView
{
    private const int MostColumns = 4; // policies side by side on a terminal
    /// <summary>What is shown while it runs.</summary>
    /// <param name="report">How it stands.</param>
    /// <param name="gauges">How the workers stand.</param>
    /// <param name="settings">What is played.</param>
    /// <param name="seconds">Since the begin.</param>
    public static IRenderable Live(DemoReport report, IReadOnlyList<WorkerGauge> gauges, DemoSettings settings, double seconds)
    {
        Table totals = new Table().NoBorder().HideHeaders().AddColumns("", "", "", "", "", "");
        totals.AddRow(
            $"[bold]{report.Throughput:0}[/] answers/s", $"[green]success {report.Success:P1}[/]", $"[yellow]reject {report.Reject:P1}[/]",
            $"[red]failure {report.Failure:P1}[/]", $"accuracy [bold]{Percent(report.Accuracy)}[/]",
            $"p50 {Ms(report.LatencyP50Ms)}  p95 {Ms(report.LatencyP95Ms)}  p99 {Ms(report.LatencyP99Ms)}");
        return new Rows([
            new Rule($"[bold]StreamSched[/]  policy [bold aqua]{Markup.Escape(report.Policy)}[/]   {report.Seconds:0} of "
                + $"{settings.World.Scenario.Duration:0} s   {report.Sent} frames").LeftJustified(),
            totals,
            .. report.Learning is { } learning ? [Learned(learning), Accuracies(learning)] : (IRenderable[])[],
            new Markup($"emulated now: {Now(settings.World, seconds, "yellow")}"),
            Workers(gauges, settings, seconds),
            Placements(report),
            Devices(report),
            Notes(report, settings),
        ]);
    }

    /// <summary>What is shown at the end.</summary>
    /// <param name="reports">What was played live.</param>
    /// <param name="hindsight">The same world in the simulator; null: not simulated.</param>
    /// <param name="settings">What was played.</param>
    public static IRenderable Summary(IReadOnlyList<DemoReport> reports, DemoComparison? hindsight, DemoSettings settings)
    {
        DemoReport[] shown = [.. reports.Where(r => r.Seed == reports[0].Seed)];
        List<IRenderable> parts = [];
        foreach (DemoReport report in shown.Length <= MostColumns ? shown : [])
        {
            parts.Add(Placements(report).Title($"{Markup.Escape(report.Policy)}: per placement"));
            parts.Add(Devices(report).Title($"{Markup.Escape(report.Policy)}: per device"));
        }

        if (shown.Length <= MostColumns) parts.Add(Totals(shown));
        foreach (DemoLearning learning in reports.Select(r => r.Learning).OfType<DemoLearning>()) parts.AddRange([Learned(learning), Accuracies(learning)]);
        if (reports.Count > 1) parts.Add(Comparison(DemoComparison.Of(reports)));
        if (hindsight is not null) parts.Add(Comparison(hindsight));
        parts.Add(Notes(reports[0], settings));
        return new Rows(parts);
    }

    /// <summary>What the world is like at an instant, in words.</summary>
    /// <param name="world">The world.</param>
    /// <param name="seconds">Since the begin.</param>
    /// <param name="colour">Of what is slow; empty: plain text.</param>
    public static string Now(DemoWorld world, double seconds, string colour = "")
    {
        string[] worse = [.. world.WorseAt(seconds).Select(c => Invariant($"{c.What}: {c.How} since {c.FromSeconds:0} s"))];
        string load = Invariant($"load {world.LoadAt(seconds):0.0} × the mean");
        return string.Join(", ", [load, .. worse.Select(text => colour.Length == 0 ? text : $"[{colour}]{Markup.Escape(text)}[/]")]);
    }

    private static Table Totals(DemoReport[] reports)
    {
        Table table = new Table().RoundedBorder().Title(reports.Length > 1 ? "the same frames under each policy" : "live").AddColumn("");
        foreach (DemoReport report in reports) table.AddColumn(new TableColumn($"[bold]{Markup.Escape(report.Policy)}[/]").RightAligned());
        Row("frames", r => Number(r.Sent));
        Row("success (on time)", r => $"[green]{r.Success:P1}[/]");
        Row("reject (refused at once)", r => r.Reject.ToString("P1", CultureInfo.InvariantCulture));
        Row("failure (late, expired, failed)", r => r.Failure.ToString("P1", CultureInfo.InvariantCulture));
        Row("accuracy of answers on time", r => Percent(r.Accuracy));
        Row("right and on time, of all", r => $"[bold]{r.AccuracyCountingMisses:P1}[/]");
        Row("latency p50 / p99", r => $"{Ms(r.LatencyP50Ms)} / {Ms(r.LatencyP99Ms)}");
        Row("utility (what a request was worth)", r => Invariant($"{100 * r.Utility:0.0} by {r.Value}"));
        Row("energy", r => $"{r.EnergyJoules:0.0} J {r.EnergySource}");
        Row("cost (assumed tariffs)", r => r.Cost.ToString("0.000000", CultureInfo.InvariantCulture));
        Row("without any answer", r => Number(r.NoAnswer));
        Row("answered twice (second ignored)", r => Number(r.Duplicates));
        return table;

        void Row(string name, Func<DemoReport, string> value) => table.AddRow([name, .. reports.Select(value)]);
    }

    private static Rows Comparison(DemoComparison comparison)
    {
        string seeds = comparison.Seeds.Count == 1 ? $"seed {comparison.Seeds[0]}" : $"seeds {comparison.Seeds[0]} to {comparison.Seeds[^1]}";
        Table table = new Table().RoundedBorder().Title(
            comparison.Kind == "live" ? $"live, the same frames, {seeds}" : $"simulated: the same world in virtual time, {seeds}").AddColumn("policy");
        foreach (string column in (string[])[$"utility by {comparison.Value}", "to best simple rule", "right and in time", "in time", "mJ / request",
            "cost / 1,000", "decision"])
            table.AddColumn(new TableColumn(column).RightAligned());
        foreach (DemoComparison.Row row in comparison.Policies)
        {
            string name = Markup.Escape(row.Policy);
            table.AddRow(
                row.IsSimpleRule ? name : $"[bold aqua]{name}[/]", Points(row.Utility),
                row.Policy == comparison.BestSimpleRule ? "best" : row.ToBestRule is { } d ? (d.Mean > 0 ? "+" : "") + Points(d) : "–",
                Points(row.RightAndInTime) + " %", Points(row.InTime) + " %", Invariant($"{1000 * row.EnergyJoules:0}"),
                Invariant($"{row.CostPerThousand:0.0000}"), row.DecisionMicros is { } micros ? Invariant($"{micros:0.0} µs") : "–");
        }

        return new Rows([table, .. Verdicts(comparison).Select(text => new Markup($"[bold]{Markup.Escape(text)}[/]"))]);
    }

    /// <summary>How the policies that are no simple rules compare with the best one that is.</summary>
    /// <param name="comparison">The comparison.</param>
    public static IEnumerable<string> Verdicts(DemoComparison comparison)
    {
        if (comparison.BestSimpleRule is not { } best) yield break;
        yield return $"best simple rule in hindsight ({comparison.Kind}): {best}";
        foreach (DemoComparison.Row row in comparison.Policies.Where(r => !r.IsSimpleRule && r.ToBestRule is not null))
        {
            Interval difference = row.ToBestRule!.Value;
            string where = difference.Mean >= 0 ? "above" : "below", size = Points(difference with { Mean = Math.Abs(difference.Mean) });
            yield return $"{row.Policy} is {size} points {where} it in utility"
                + (double.IsFinite(difference.Half) && !difference.ExcludesZero ? ", which may be chance" : "");
        }
    }

    private static Table Workers(IReadOnlyList<WorkerGauge> gauges, DemoSettings settings, double seconds)
    {
        Table table = new Table().RoundedBorder().AddColumn("worker").AddColumn("site").AddColumn("speed");
        foreach (string column in (string[])["under way", "waiting", "virtual queue", "price / ms", "busy"])
            table.AddColumn(new TableColumn(column).RightAligned());
        foreach (WorkerGauge gauge in gauges)
        {
            DemoWorker worker = settings.World.Workers.First(w => w.Id == gauge.Worker);
            DemoChange? slow = settings.World.WorseAt(seconds).FirstOrDefault(c => c.What == worker.Id);
            table.AddRow(
                gauge.Available ? Markup.Escape(gauge.Worker) : $"[red]{Markup.Escape(gauge.Worker)}[/]", Markup.Escape(worker.Site),
                slow is null ? "[grey]emulated[/]" : $"[yellow]emulated, {slow.How}[/]", Number(gauge.InFlight), Ms(gauge.BacklogMs),
                Ms(gauge.QueueMs), gauge.Price.ToString("0.0000", CultureInfo.InvariantCulture), Bar(gauge.Utilisation));
        }

        return table;
    }

    /// <summary>What learning is worth so far, in a line.</summary>
    /// <param name="worth">As the learner says it.</param>
    public static string Of(DemoLearning.Interval worth)
    {
        string bounds = worth is { Lower: { } lower, Upper: { } upper }
            ? Invariant($" [{lower:+0.0;-0.0;0.0}, {upper:+0.0;-0.0;0.0}]") : ", too few for an interval";
        return Invariant($"live − frozen {worth.Points:+0.0;-0.0;0.0} points after {worth.Pairs} pairs of windows{bounds}");
    }

    // Both sides served the same devices in the same run, in turn.
    private static Table Learned(DemoLearning learning)
    {
        Table table = new Table().RoundedBorder().Title(Markup.Escape($"learning: {Of(learning.Worth)}")).AddColumn("right and in time, by what has changed");
        foreach (string column in (string[])["requests", "frozen", "live", "live − frozen"]) table.AddColumn(new TableColumn(column).RightAligned());
        foreach (DemoLearning.Phase phase in learning.Phases.Where(p => p.Live.Requests > 0 && p.Frozen.Requests > 0))
        {
            table.AddRow(
                Invariant($"from {phase.FromSeconds:0} s: {Markup.Escape(phase.What)}"), Number(phase.Live.Requests + phase.Frozen.Requests),
                Percent(phase.Frozen.RightAndInTime), $"[bold]{Percent(phase.Live.RightAndInTime)}[/]",
                Invariant($"{100 * (phase.Live.RightAndInTime - phase.Frozen.RightAndInTime):+0.0;-0.0;0.0}"));
        }

        return table;
    }

    private static Table Accuracies(DemoLearning learning)
    {
        Table table = new Table().RoundedBorder().Title(Invariant($"accuracies by {learning.Labels:N0} labels")).AddColumn("variant").AddColumn("at");
        foreach (string column in (string[])["registered", "believed", "measured", "labels"]) table.AddColumn(new TableColumn(column).RightAligned());
        foreach (DemoLearning.Variant v in learning.Accuracies)
            table.AddRow(
                Markup.Escape(v.Name), Markup.Escape(v.Site), Percent(v.Registered), $"[bold]{Percent(v.Believed)}[/]", Percent(v.Measured),
                v.Labels.ToString("N0", CultureInfo.InvariantCulture));
        return table;
    }

    private static Table Placements(DemoReport report)
    {
        Table table = new Table().RoundedBorder().AddColumn("placement");
        foreach (string column in (string[])["answers", "share", "delay p50", "accuracy", "mJ each", "cost / 1,000"])
            table.AddColumn(new TableColumn(column).RightAligned());
        foreach (DemoPlacement p in report.Placements)
        {
            table.AddRow(
                Markup.Escape($"{p.Worker} · {p.Variant}"), Number(p.Answers), Bar(p.Share), Ms(p.DelayP50Ms), Percent(p.Accuracy),
                p.MillijoulesEach.ToString("0.0", CultureInfo.InvariantCulture), p.CostPerThousand.ToString("0.00000", CultureInfo.InvariantCulture));
        }

        return table;
    }

    private static Table Devices(DemoReport report)
    {
        Table table = new Table().RoundedBorder().AddColumn("device").AddColumn("task");
        foreach (string column in (string[])["deadline", "floor", "frames", "success", "reject", "failure", "accuracy"])
            table.AddColumn(new TableColumn(column).RightAligned());
        foreach (DemoDeviceReport d in report.Devices)
        {
            table.AddRow(
                Markup.Escape(d.Device), Markup.Escape(d.Task), Ms(d.DeadlineMs),
                d.MinAccuracy > 0 ? d.MinAccuracy.ToString("P1", CultureInfo.InvariantCulture) : "–", Number(d.Sent), $"[green]{d.Success:P1}[/]",
                d.Reject.ToString("P1", CultureInfo.InvariantCulture), d.Failure.ToString("P1", CultureInfo.InvariantCulture), Percent(d.Accuracy));
        }

        return table;
    }

    private static Markup Notes(DemoReport report, DemoSettings settings)
    {
        DemoWorld world = settings.World;
        string worse = string.Join("; ", world.Worse.Select(c => Invariant(
            $"{c.What} {c.How} from {c.FromSeconds:0} {(double.IsInfinity(c.UntilSeconds) ? "s on" : Invariant($"to {c.UntilSeconds:0} s"))}")));
        string waves = world.HasWaves ? "load in waves; " : "";
        string noise = world.Noise.IsNone ? "" : $", which scatter ({world.Noise})";
        return new Markup(string.Create(
            CultureInfo.InvariantCulture,
            $"[grey]Embedded cluster (in memory). Emulated: times of the workers{noise}; link to the cloud, {report.CloudDelayMs:0.0} ms one way in the "
            + $"median;\n{waves}{worse}.\nEnergy {report.EnergySource} from assumed powers; tariffs assumed.[/]"));
    }

    private static string Bar(double share)
    {
        int blocks = (int)Math.Round(Math.Clamp(share, 0, 1) * 10);
        return $"[aqua]{new string('█', blocks)}[/][grey]{new string('░', 10 - blocks)}[/] {share,4:P0}";
    }

    private static string Points(Interval share) => double.IsFinite(share.Half)
        ? Invariant($"{100 * share.Mean:0.0} ± {100 * share.Half:0.0}") : Invariant($"{100 * share.Mean:0.0}");

    private static string Ms(double value) => double.IsNaN(value) ? "–" : value.ToString(value < 10 ? "0.0 ms" : "0 ms", CultureInfo.InvariantCulture);

    private static string Percent(double value) => double.IsNaN(value) ? "–" : value.ToString("P1", CultureInfo.InvariantCulture);

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
