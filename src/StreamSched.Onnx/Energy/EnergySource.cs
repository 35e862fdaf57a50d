namespace StreamSched.Onnx.Energy;

/// <summary>Where a figure of energy or power comes from. Same members, in the same order, as the wire schema's enum.</summary>
public enum EnergySource
{
    /// <summary>There is no figure.</summary>
    None,

    /// <summary>Read from the machine's own counter.</summary>
    Measured,

    /// <summary>Calculated from the processor's power settings and the time that it was busy.</summary>
    Modelled,
}
