namespace StreamSched.Core.Policies;

/// <summary>What became of a request that was sent, as its scheduler knows it when it reads the result.</summary>
public readonly struct DecisionOutcome
{
    /// <summary>Whether it ran; if not it expired, or its worker was lost.</summary>
    public required bool Ran { get; init; }

    /// <summary>Whether the device had the answer within the deadline, as far as the scheduler knows. A failure is no answer.</summary>
    public required bool OnTime { get; init; }

    /// <summary>Whether there is nothing to learn: the device's own fault, which no placement could have answered.</summary>
    public bool IsVoid { get; init; }

    /// <summary>From the start of the deadline's clock until the result was read, in seconds.</summary>
    public required float Latency { get; init; }

    /// <summary>The request's deadline, in seconds.</summary>
    public required float Deadline { get; init; }

    /// <summary>The request's weight.</summary>
    public required float Weight { get; init; }

    /// <summary>Of the variant, in 0..1; 0 where the worker failed or did not answer.</summary>
    public required float Accuracy { get; init; }

    /// <summary>Its part of what the batch drew, modelled; 0 where nothing ran.</summary>
    public required float EnergyJoules { get; init; }

    /// <summary>Its part of the tariff, and of the link's price, in the settings' currency.</summary>
    public required float Cost { get; init; }

    /// <summary>What it was worth, by the scheduler's <see cref="ValueWeights"/>.</summary>
    public required float Value { get; init; }
}
