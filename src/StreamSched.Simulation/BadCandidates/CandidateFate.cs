using StreamSched.Learning.Rollouts;

namespace StreamSched.Simulation.BadCandidates;

/// <summary>What became of a bad candidate.</summary>
internal sealed record CandidateFate
{
    /// <summary>Name of its kind.</summary>
    public required string Kind { get; init; }

    /// <summary>The last state that it was in before it was stopped.</summary>
    public required RolloutState Reached { get; init; }

    /// <summary>The gate that stopped it; null: none did.</summary>
    public required string? Gate { get; init; }

    /// <summary>Its last step in words.</summary>
    public required string Reason { get; init; }

    /// <summary>Whether it came into force.</summary>
    public required bool Promoted { get; init; }

    /// <summary>From its proposal until it was stopped, in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>When, in seconds from the beginning of its world.</summary>
    public required double Ended { get; init; }

    /// <summary>Windows in which it decided.</summary>
    public required int Windows { get; init; }

    /// <summary>Windows in which it decided after the interval of a guard had shown harm.</summary>
    public required int WindowsAfterHarm { get; init; }

    /// <summary>How long it decided, in seconds.</summary>
    public required double Served { get; init; }

    /// <summary>The largest loss that it can have caused, in points of an hour's value: by the interval of its cost, or by its worst pair of windows while
    /// there is none.</summary>
    public required double MostLoss { get; init; }

    /// <summary>Value with the candidate alone less that with the champion alone, in points; null: it did not reach a trial.</summary>
    public double? Truth { get; init; }

    /// <summary>What a canary says of it, in points; null as above.</summary>
    public double? Canary { get; init; }

    /// <summary>By the truth, the loss that it caused, in points of an hour's value.</summary>
    public double Loss => Served / 3600 * Math.Max(0, -(Truth ?? 0));
}
