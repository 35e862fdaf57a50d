namespace StreamSched.Simulation.Topologies;

/// <summary>How a network of nodes becomes sites with links. Seconds, bytes.</summary>
internal sealed record TopologyPlan
{
    public static readonly string[] Placements = ["dc-cloud", "co-dc-cloud", "full-edge"];

    public required string Placement { get; init; }

    public required int Access { get; init; }

    public required int Offices { get; init; }

    /// <summary>Cable length over great-circle distance.</summary>
    public required double RouteFactor { get; init; }

    public required double HopDelay { get; init; }

    /// <summary>Standard deviation of a network delay over the delay.</summary>
    public required double Jitter { get; init; }

    public required double BytesPerSecond { get; init; }

    /// <summary>From the data centre on.</summary>
    public required double CloudDelay { get; init; }

    /// <summary>From a device to its access site.</summary>
    public required double AccessDelay { get; init; }

    public required double AccessJitter { get; init; }

    public required double AccessBytesPerSecond { get; init; }

    public bool HasOffices => Placement != "dc-cloud";

    /// <summary>Whether the placement has workers at sites of a tier.</summary>
    public bool Hosts(string tier) => tier switch
    {
        "access" => Placement == "full-edge",
        "office" => HasOffices,
        _ => true,
    };
}
