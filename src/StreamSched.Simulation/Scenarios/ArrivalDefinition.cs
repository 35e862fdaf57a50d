using StreamSched.Simulation.Traces;

namespace StreamSched.Simulation.Scenarios;

/// <summary>One source of requests.</summary>
internal sealed record ArrivalDefinition
{
    public required ArrivalKind Kind { get; init; }

    /// <summary>Requests per second over time; for streams: new streams per minute and access site.</summary>
    public IReadOnlyList<(double At, double Value)> Rate { get; init; } = [];

    public IReadOnlyList<ArrivalState> States { get; init; } = [];

    public ArrivalTrace? Trace { get; init; }

    /// <summary>How many seconds of the trace pass in one.</summary>
    public double Speed { get; init; } = 1;

    public double Scale { get; init; } = 1;

    /// <summary>Whether streams that began earlier are there from the start.</summary>
    public bool WarmStart { get; init; }

    /// <summary>Indices of the applications and their shares.</summary>
    public required IReadOnlyList<(int Application, double Share)> Applications { get; init; }

    /// <summary>Indices of the sites.</summary>
    public required IReadOnlyList<int> Sites { get; init; }
}
