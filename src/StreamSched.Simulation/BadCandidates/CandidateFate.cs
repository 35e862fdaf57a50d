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

    /// <summary>Windows in which it decided.</summary>
    public required int Windows { get; init; }

    /// <summary>Windows in which it decided after the interval of a guard had shown harm.</summary>
    public required int WindowsAfterHarm { get; init; }

    /// <summary>How long it decided in each hour of the world, in seconds.</summary>
    public required IReadOnlyDictionary<int, double> Served { get; init; }

    /// <summary>What it costs at most while it decides, in points: by its interval, or by its worst pair of windows where there is none.</summary>
    public required double MostCost { get; init; }

    /// <summary>Value with the candidate alone less that with the champion alone, in points; null: it did not reach a trial.</summary>
    public double? Truth { get; init; }

    /// <summary>What a canary says of it, in points; null as above.</summary>
    public double? Canary { get; init; }

    /// <summary>The largest loss that it can have caused, in points of an hour's value.</summary>
    public double MostLoss => Served.Values.Sum() / 3600 * MostCost;

    /// <summary>The loss that it caused by the truth, in points of an hour's value.</summary>
    public double Loss => Served.Keys.Sum(LossIn);

    /// <summary>The part of <see cref="Loss"/> that fell in an hour.</summary>
    /// <param name="hour">Of the world.</param>
    public double LossIn(int hour) => Served.GetValueOrDefault(hour) / 3600 * Math.Max(0, -(Truth ?? 0));
}
