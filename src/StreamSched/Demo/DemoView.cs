using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace StreamSched.Demo;

/// <summary>The demo on a terminal.</summary>
internal static class DemoView
{
    /// <summary>What is shown while it runs.</summary>
    /// <param name="report">How it stands.</param>
    /// <param name="gauges">How the workers stand.</param>
    /// <param name="settings">What is played.</param>
    public static IRenderable Live(DemoReport report, IReadOnlyList<WorkerGauge> gauges, DemoSettings settings)
    {
        Table totals = new Table().NoBorder().HideHeaders().AddColumns("", "", "", "", "", "");
        totals.AddRow(
            $"[bold]{report.Throughput:0}[/] answers/s", $"[green]success {report.Success:P1}[/]", $"[yellow]reject {report.Reject:P1}[/]",
            $"[red]failure {report.Failure:P1}[/]", $"accuracy [bold]{Percent(report.Accuracy)}[/]",
            $"p50 {Ms(report.LatencyP50Ms)}  p95 {Ms(report.LatencyP95Ms)}  p99 {Ms(report.LatencyP99Ms)}");
        return new Rows(
            new Rule($"[bold]StreamSched[/]  policy [bold aqua]{Markup.Escape(report.Policy)}[/]   {report.Seconds:0} of "
                + $"{settings.Duration.TotalSeconds:0} s   {report.Sent} frames").LeftJustified(),
            totals,
            Workers(gauges, settings),
            Placements(report),
            Devices(report),
            Notes(report, settings));
    }

    /// <summary>What is shown at the end.</summary>
    public static IRenderable Summary(IReadOnlyList<DemoReport> reports, DemoSettings settings)
    {
        Table table = new Table().RoundedBorder().Title("the same frames under each policy").AddColumn("");
        foreach (DemoReport report in reports) table.AddColumn(new TableColumn($"[bold]{Markup.Escape(report.Policy)}[/]").RightAligned());
        Row("frames", r => Number(r.Sent));
        Row("success (on time)", r => $"[green]{r.Success:P1}[/]");
        Row("reject (refused at once)", r => r.Reject.ToString("P1", CultureInfo.InvariantCulture));
        Row("failure (late, expired, failed)", r => r.Failure.ToString("P1", CultureInfo.InvariantCulture));
        Row("accuracy of answers on time", r => Percent(r.Accuracy));
        Row("right and on time, of all", r => $"[bold]{r.AccuracyCountingMisses:P1}[/]");
        Row("latency p50 / p99", r => $"{Ms(r.LatencyP50Ms)} / {Ms(r.LatencyP99Ms)}");
        Row("energy", r => $"{r.EnergyJoules:0.0} J {r.EnergySource}");
        Row("cost (assumed tariffs)", r => r.Cost.ToString("0.000000", CultureInfo.InvariantCulture));
        Row("without any answer", r => Number(r.NoAnswer));
        Row("answered twice (second ignored)", r => Number(r.Duplicates));
        List<IRenderable> parts = [table];
        foreach (DemoReport report in reports)
        {
            parts.Add(Placements(report).Title($"{Markup.Escape(report.Policy)}: per placement"));
            parts.Add(Devices(report).Title($"{Markup.Escape(report.Policy)}: per device"));
        }

        parts.Add(Notes(reports[0], settings));
        return new Rows(parts);

        void Row(string name, Func<DemoReport, string> value) => table.AddRow([name, .. reports.Select(value)]);
    }

    private static Table Workers(IReadOnlyList<WorkerGauge> gauges, DemoSettings settings)
    {
        Table table = new Table().RoundedBorder().AddColumn("worker").AddColumn("site").AddColumn("speed");
        foreach (string column in (string[])["under way", "waiting", "virtual queue", "price / ms", "busy"])
            table.AddColumn(new TableColumn(column).RightAligned());
        foreach (WorkerGauge gauge in gauges)
        {
            DemoWorker worker = settings.Workers.First(w => w.Id == gauge.Worker);
            table.AddRow(
                gauge.Available ? Markup.Escape(gauge.Worker) : $"[red]{Markup.Escape(gauge.Worker)}[/]", Markup.Escape(worker.Site),
                worker.Slowdown > 1 ? $"[grey]emulated, {worker.Slowdown:0} × slower[/]" : "this machine", Number(gauge.InFlight), Ms(gauge.BacklogMs),
                Ms(gauge.QueueMs), gauge.Price.ToString("0.0000", CultureInfo.InvariantCulture), Bar(gauge.Utilisation));
        }

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

    private static Markup Notes(DemoReport report, DemoSettings settings) => new(string.Create(
        CultureInfo.InvariantCulture,
        $"[grey]Embedded cluster (in memory). Link to the cloud emulated: {settings.CloudRoundTrip.TotalMilliseconds:0} ms set, "
        + $"{report.CloudDelayMs:0.0} ms measured one way.\n"
        + $"Workers emulated: edge {settings.EdgeSlowdown:0} ×, cloud {settings.CloudSlowdown:0} × slower than this machine{(settings.Noise.IsNone ? "" : $", with emulated noise of {settings.Noise}")}. "
        + $"Energy {report.EnergySource} from assumed powers; tariffs assumed.[/]"));

    private static string Bar(double share)
    {
        int blocks = (int)Math.Round(Math.Clamp(share, 0, 1) * 10);
        return $"[aqua]{new string('█', blocks)}[/][grey]{new string('░', 10 - blocks)}[/] {share,4:P0}";
    }

    private static string Ms(double value) => double.IsNaN(value) ? "–" : value.ToString(value < 10 ? "0.0 ms" : "0 ms", CultureInfo.InvariantCulture);

    private static string Percent(double value) => double.IsNaN(value) ? "–" : value.ToString("P1", CultureInfo.InvariantCulture);

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
