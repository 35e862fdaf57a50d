
namespace StreamSched.Simulation.Experiments;

/// <summary>One world of a live experiment. Values are means per request in points; intervals are of 95 %, over seeds.</summary>
public sealed record LiveCell
{
    /// <summary>The world.</summary>
    public required string Scenario { get; init; }

    /// <summary>When it changes, in seconds.</summary>
    public required double ChangeAt { get; init; }

    /// <summary>How long it lasts.</summary>
    public required double Seconds { get; init; }

    /// <summary>Frozen, before the change.</summary>
    public required double Before { get; init; }

    /// <summary>Frozen, in the last third.</summary>
    public required double Frozen { get; init; }

    /// <summary>Live less frozen in the last third.</summary>
    public required Interval LiveMinusFrozen { get; init; }

    /// <summary>Oracle less frozen in the last third.</summary>
    public required Interval OracleMinusFrozen { get; init; }

    /// <summary>The first over the second; null: there is nothing to gain.</summary>
    public required double? WayToOracle { get; init; }

    /// <summary>Of what the change took, what is back a minute after the labels; null: it took nothing.</summary>
    public required double? LostBack { get; init; }

    /// <summary>The same of the oracle: the most that can be back.</summary>
    public required double? LostBackByOracle { get; init; }

    /// <summary>From the change until nine tenths of the oracle's gain are there; null: never, or there is none.</summary>
    public required double? SecondsTo90 { get; init; }

    /// <summary>Value of the worst ten seconds after the change, frozen.</summary>
    public required double WorstFrozen { get; init; }

    /// <summary>The same, live.</summary>
    public required double WorstLive { get; init; }

    /// <summary>Live less frozen over the whole run: what learning and trials cost is in it.</summary>
    public required Interval WholeRun { get; init; }

    /// <summary>Candidates a run.</summary>
    public required double Proposals { get; init; }

    /// <summary>Candidates that came into force, a run.</summary>
    public required double Promoted { get; init; }

    /// <summary>Candidates that were taken back again, a run.</summary>
    public required double RolledBack { get; init; }

    /// <summary>The steps of the first seed.</summary>
    public required IReadOnlyList<string> Steps { get; init; }

    /// <summary>Wall-clock seconds of a run with the learner.</summary>
    public required double SecondsOfRun { get; init; }

    /// <summary>Live less frozen, in intervals of twenty seconds.</summary>
    public required IReadOnlyList<double> Difference { get; init; }
}
