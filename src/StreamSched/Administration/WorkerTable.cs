using System.Globalization;
using Spectre.Console;
using StreamSched.Avro.Records;

namespace StreamSched.Administration;

/// <summary>Workers as a table.</summary>
internal static class WorkerTable
{
    /// <summary>The table.</summary>
    public static Table Of(IReadOnlyList<WorkerSummary> workers)
    {
        Table table = new Table().Title("workers").Border(TableBorder.Rounded)
            .AddColumns("id", "site", "state", "heard", "device", "waiting", "running", "backlog", "power", "variants", "incarnation");
        foreach (WorkerSummary worker in workers)
        {
            table.AddRow(
                new Text(worker.Id), new Text(worker.Registration.Site),
                new Text(worker.Condition.ToString().ToLowerInvariant(), new Style(ColorOf(worker.Condition))),
                new Text(worker.Age is { } age ? Quantity.Duration(age) + " ago" : "never"),
                new Text(worker.IsEmulated
                    ? string.Create(CultureInfo.InvariantCulture, $"emulated, {worker.Registration.Slowdown:0.##} × slower") : worker.Registration.DeviceClass),
                new Text(worker.Waiting.ToString(CultureInfo.InvariantCulture)), new Text(worker.Running.ToString(CultureInfo.InvariantCulture)),
                new Text(Quantity.Duration(worker.Backlog)), new Text(Power(worker)),
                new Text(string.Join(' ', worker.Registration.Variants.Select(v => v.Name))),
                new Text(worker.Registration.Incarnation.ToString(CultureInfo.InvariantCulture)));
        }

        if (workers.Count == 0) table.AddRow("none is registered");
        return table;
    }

    private static string Power(WorkerSummary worker) =>
        worker.Watts is { } watts ? Quantity.Text(watts, "W") + (worker.PowerSource == PowerSource.Modelled ? " modelled" : "") : "";

    private static Color ColorOf(WorkerCondition condition) => condition switch
    {
        WorkerCondition.Ready => Color.Green,
        WorkerCondition.Dead => Color.Red,
        _ => Color.Yellow,
    };
}
