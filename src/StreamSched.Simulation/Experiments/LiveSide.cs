namespace StreamSched.Simulation.Experiments;

/// <summary>What is compared.</summary>
internal enum LiveSide
{
    /// <summary>The file as it is, with the view's filters.</summary>
    Frozen,

    /// <summary>With the live loop.</summary>
    Live,

    /// <summary>Replaced at the change by what was made for the world after it.</summary>
    Oracle,
}
