using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;
using StreamSched.Administration;
using StreamSched.Avro.Records;

namespace StreamSched.Commands;

/// <summary>Steps of roll-outs, for <c>policy history</c> and <c>status</c>.</summary>
internal static class PolicyTables
{
    /// <summary>One line per step.</summary>
    /// <param name="steps">In their order.</param>
    public static IRenderable Of(IEnumerable<RolloutStep> steps)
    {
        Table table = new Table().Border(TableBorder.Rounded).AddColumns("step", "at (UTC)", "state", "serves", "beside", "by", "why");
        foreach (RolloutStep step in steps)
        {
            table.AddRow(
                new Text(step.Sequence.ToString(CultureInfo.InvariantCulture)), new Text(Quantity.Instant(step.At / 1000)), new Text(Text(step.State)),
                new Text(Name(step.Champion)), new Text((step.Challenger ?? step.Former) is { } beside ? Name(beside) : ""), new Text(step.By),
                new Text(step.Reason));
        }

        return table;
    }

    /// <summary>What judges say.</summary>
    /// <param name="evidence">Of a step.</param>
    public static IRenderable OfEvidence(IEnumerable<Evidence> evidence)
    {
        Table table = new Table().Border(TableBorder.Rounded).AddColumns("judge", "units", "estimate", "from", "to", "α");
        foreach (Evidence e in evidence)
            table.AddRow(
                new Text(e.Judge), new Text(e.Count.ToString(CultureInfo.InvariantCulture)), new Text(Number(e.Estimate)), new Text(Number(e.Lower)),
                new Text(Number(e.Upper)), new Text(e.Alpha.ToString("0.####", CultureInfo.InvariantCulture)));
        return table;
    }

    /// <summary>What labels have shown.</summary>
    /// <param name="accuracies">The estimates.</param>
    public static IRenderable OfAccuracies(AccuracyEstimates accuracies)
    {
        Table table = new Table().Border(TableBorder.Rounded).AddColumns("task", "variant", "at", "frames from", "accuracy", "floors count on", "labels");
        foreach (VariantAccuracy e in accuracies.Estimates)
            table.AddRow(
                new Text(e.Task), new Text(e.Variant), Place(e.Site), Place(e.Origin), new Text(Number(e.Mean)), new Text(Number(e.Lower)),
                new Text(e.Labels.ToString("0", CultureInfo.InvariantCulture)));
        return table;

        static Text Place(string site) => new(site.Length > 0 ? site : "elsewhere");
    }

    /// <summary>A step in one line.</summary>
    /// <param name="step">The step.</param>
    public static string Describe(RolloutStep step) =>
        $"{Text(step.State)}: {Name(step.Challenger ?? step.Champion)}{(step.Reason.Length > 0 ? $" ({step.Reason})" : "")}{(step.Frozen ? "; frozen" : "")}";

    /// <summary>A step for programs.</summary>
    /// <param name="step">The step.</param>
    public static object ToJson(RolloutStep step) => new
    {
        sequence = step.Sequence, at = DateTimeOffset.FromUnixTimeMilliseconds(step.At / 1000), state = Text(step.State), champion = Json(step.Champion),
        challenger = Json(step.Challenger), former = Json(step.Former), baseline = Json(step.Baseline),
        windows = step.Windows is { } w
            ? new
            {
                start = DateTimeOffset.FromUnixTimeMilliseconds(w.Start / 1000), lengthSeconds = w.LengthMicros * 1e-6, burnInSeconds = w.BurnInMicros * 1e-6,
                tailSeconds = w.TailMicros * 1e-6, share = w.Share, baseline = w.Baseline,
            }
            : null,
        frozen = step.Frozen, by = step.By, reason = step.Reason,
        evidence = step.Evidence.Select(e => new
        {
            judge = e.Judge, count = e.Count, estimate = e.Estimate, lower = e.Lower, upper = e.Upper, alpha = e.Alpha,
        }),
        restsOn = step.RestsOn.Select(r => new { topic = r.Topic, partition = r.Partition, from = r.From, to = r.To }),
    };

    // Bounds that are not known stand for infinite ones in records.
    private static string Number(double value) =>
        Math.Abs(value) >= 1e30 ? value > 0 ? "∞" : "−∞" : value.ToString("0.###", CultureInfo.InvariantCulture);

    private static object? Json(PolicyReference? policy) =>
        policy is null ? null : new { name = policy.Name, version = policy.Version, digest = Convert.ToHexStringLower(policy.Digest) };

    private static string Name(PolicyReference policy) => string.Create(CultureInfo.InvariantCulture, $"{policy.Name} v{policy.Version}");

    private static string Text(RolloutState state) => state switch
    {
        RolloutState.Proposed => "PROPOSED",
        RolloutState.Shadow => "SHADOW",
        RolloutState.Trial => "TRIAL",
        RolloutState.Active => "ACTIVE",
        RolloutState.RolledBack => "ROLLED_BACK",
        _ => "REJECTED",
    };
}
