namespace StreamSched.Simulation.Selection;

/// <summary>What a bandit knows of a request besides the variants.</summary>
internal enum SelectionContext
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The measured times of the device's class.</summary>
    Class,

    /// <summary>Which device it is, too.</summary>
    Device,
}
