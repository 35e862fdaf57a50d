namespace StreamSched.Simulation.Planning;

/// <summary>What an oracle may change, so that one can tell where its gain comes from.</summary>
[Flags]
public enum OracleMoves
{
    /// <summary>Nothing: the best policy's own choices.</summary>
    None = 0,

    /// <summary>Refuse what was placed.</summary>
    Refuse = 1,

    /// <summary>Place what was placed elsewhere.</summary>
    Place = 2,

    /// <summary>Place what was refused.</summary>
    Accept = 4,

    /// <summary>Anything.</summary>
    All = Refuse | Place | Accept,
}
