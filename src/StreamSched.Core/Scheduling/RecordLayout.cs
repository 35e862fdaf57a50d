using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;
using StreamSched.Core.Requests;

namespace StreamSched.Core.Scheduling;

/// <summary>
/// What a decision's full record holds: everything that a policy without a state looks at, as it was when it chose, so that the choice can be taken again
/// (<see cref="DecisionReplay"/>). The one place that writes and reads these numbers.
/// </summary>
public static class RecordLayout
{
    /// <summary>Version of the layout. Before it records had the first twelve columns alone (1), or those and the ratios (2, 3).</summary>
    public const int Version = 4;

    /// <summary>Columns per candidate, in the order of <see cref="Names"/>; where networks are recorded, <see cref="FeatureEncoder.RatioNames"/>
    /// follow.</summary>
    public const int Fields = FeatureEncoder.Fields + 14;

    /// <summary>Numbers of the request and of the scheduler's settings, in the order of <see cref="ContextNames"/>.</summary>
    public const int ContextFields = FeatureEncoder.ContextFields + 8;

    private const int Completion = FeatureEncoder.Fields, Width = Completion + 1, Capacity = Width + 1, CapacityPrice = Capacity + 1,
        DelayPrice = CapacityPrice + 1, NetworkCost = DelayPrice + 1, RoundTrip = NetworkCost + 1, Solo = RoundTrip + 1, RegisteredAccuracy = Solo + 1,
        AccuracyFloor = RegisteredAccuracy + 1, Trust = AccuracyFloor + 1, Backlog = Trust + 1, Utilisation = Backlog + 1, ArrivalRate = Utilisation + 1;

    /// <summary>Names of the columns. Seconds, watts, ratios, requests per second; prices in units of value, costs in the settings' currency.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. FeatureEncoder.Names, "completion", "width", "capacity", "capacityPrice", "delayPrice", "networkCost", "roundTrip", "solo", "registeredAccuracy",
        "accuracyFloor", "trust", "backlog", "utilisation", "arrivalRate",
    ];

    /// <summary>The same with the names of <see cref="FeatureEncoder.RatioNames"/> behind them, each with <c>ratio</c> before it: both layouts have a
    /// slack.</summary>
    public static IReadOnlyList<string> AllNames { get; } =
        [.. Names, .. FeatureEncoder.RatioNames.Select(name => $"ratio{char.ToUpperInvariant(name[0])}{name[1..]}")];

    /// <summary>Names of the numbers beside the candidates: the request's, exploration, the weights of values, and what the price rule has where no file says
    /// otherwise.</summary>
    public static IReadOnlyList<string> ContextNames { get; } =
    [
        .. FeatureEncoder.ContextNames, "exploration", "valueAccuracy", "valueEnergy", "valueLatency", "valueCost", "hazard", "rejectScore", "temperature",
    ];

    /// <summary>How many columns a decision's record has: those and, where a network may look, the ratios.</summary>
    /// <param name="c">The candidates of the decision.</param>
    internal static int FieldsOf(Candidates c) => Fields + (c.HasRatios ? FeatureEncoder.RatioFields : 0);

    /// <summary>Writes one candidate of a scheduler's last decision.</summary>
    /// <param name="by">The scheduler.</param>
    /// <param name="c">The candidates of the decision.</param>
    /// <param name="i">Index of the candidate.</param>
    /// <param name="row">[<see cref="FieldsOf"/>].</param>
    internal static void Encode(Scheduler by, Candidates c, int i, Span<float> row)
    {
        ClusterView view = by.View;
        ProcessorMoment chosen = by.Before; // as it was before the decision was counted in
        FeatureEncoder.Encode(c, i, row);
        int p = c.Processor[i];
        ProcessorMoment now = p == chosen.Processor ? chosen : ProcessorMoment.Of(view, p);
        row[Completion] = FeatureEncoder.Finite(c.Completion[i]);
        row[Width] = c.Width[i];
        row[Capacity] = c.Capacity[i];
        row[CapacityPrice] = c.CapacityPrice[i];
        row[DelayPrice] = c.DelayPrice[i];
        row[NetworkCost] = c.NetworkCost(i);
        row[RoundTrip] = c.RoundTrip(i);
        row[Solo] = c.Solo[i];
        row[RegisteredAccuracy] = c.RegisteredAccuracy[i];
        row[AccuracyFloor] = c.AccuracyFloor[i];
        row[Trust] = view.Trust[p];
        row[Backlog] = FeatureEncoder.Finite(now.Backlog);
        row[Utilisation] = now.Utilisation;
        row[ArrivalRate] = now.ArrivalRate;
        if (c.HasRatios) FeatureEncoder.RatiosOf(c, i, row[Fields..]);
    }

    /// <summary>Writes what stands beside the candidates.</summary>
    /// <param name="request">The request.</param>
    /// <param name="c">Its candidates.</param>
    /// <param name="settings">How the scheduler decides.</param>
    /// <param name="context">[<see cref="ContextFields"/>].</param>
    internal static void EncodeContext(in Request request, Candidates c, SchedulerSettings settings, Span<float> context)
    {
        FeatureEncoder.EncodeContext(request, c, context);
        (ValueWeights value, PriceParameters price) = (settings.Value, settings.Price);
        ReadOnlySpan<float> how =
            [settings.Exploration, value.Accuracy, value.Energy, value.Latency, value.Cost, price.Hazard, price.RejectScore, price.Temperature];
        how.CopyTo(context[FeatureEncoder.ContextFields..]);
    }

    /// <summary>Reads how the scheduler explored and what outcomes were worth to it.</summary>
    /// <param name="context">[<see cref="ContextFields"/>], as <see cref="EncodeContext"/> wrote it.</param>
    internal static (float Exploration, ValueWeights Value) SettingsOf(ReadOnlySpan<float> context)
    {
        ReadOnlySpan<float> how = context[FeatureEncoder.ContextFields..];
        return (how[0], new ValueWeights { Accuracy = how[1], Energy = how[2], Latency = how[3], Cost = how[4] });
    }

    /// <summary>Puts one candidate back where a policy looks for it.</summary>
    /// <param name="row">As <see cref="Encode"/> wrote it; longer where ratios follow.</param>
    /// <param name="to">Candidates that stand each for itself (<see cref="TaskTable.Separate"/>).</param>
    /// <param name="processors">Columns with a processor for each candidate.</param>
    /// <param name="costs">Cost of moving a request to each of them.</param>
    /// <param name="roundTrips">Delay to each of them and back.</param>
    /// <param name="i">Index of the candidate.</param>
    internal static void Restore(ReadOnlySpan<float> row, Candidates to, ProcessorColumns processors, float[] costs, float[] roundTrips, int i)
    {
        TaskTable table = to.Table;
        (to.WaitingColumn[i], to.ProcessorTimeColumn[i], to.BatchTimeColumn[i]) = (row[0], row[1], row[2]);
        (to.NetworkOutColumn[i], to.NetworkBackColumn[i], to.SlackColumn[i], to.DeviationColumn[i]) = (row[3], row[4], row[5], row[6]);
        (table.Accuracy[i], table.Watts[i], table.TariffPerSecond[i]) = (row[7], row[8], row[9]);
        to.MaskColumn[i] = row[11] != 0 ? -1 : 0;
        (to.CompletionColumn[i], to.WidthColumn[i], to.CapacityColumn[i]) = (row[Completion], row[Width], row[Capacity]);
        (to.CapacityPriceColumn[i], to.DelayPriceColumn[i]) = (row[CapacityPrice], row[DelayPrice]);
        (costs[i], roundTrips[i], table.Solo[i]) = (row[NetworkCost], row[RoundTrip], row[Solo]);
        (table.RegisteredAccuracy[i], table.AccuracyFloor[i]) = (row[RegisteredAccuracy], row[AccuracyFloor]);
        processors.Trust[i] = row[Trust];
        (processors.Backlog[i], processors.Utilisation[i], processors.Rate[i]) = (row[Backlog], row[Utilisation], row[ArrivalRate]);
        for (int f = 0; f < row.Length - Fields; f++) to.Ratios[(f * to.Padded) + i] = row[Fields + f];
    }
}
