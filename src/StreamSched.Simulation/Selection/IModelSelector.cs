namespace StreamSched.Simulation.Selection;

/// <summary>Selects a variant of a model for every request.</summary>
internal interface IModelSelector
{
    /// <summary>The variant for a request.</summary>
    /// <param name="request">Index of the request.</param>
    /// <param name="device">Whose it is.</param>
    int Choose(int request, int device);

    /// <summary>Hears what a choice was rated with.</summary>
    /// <param name="device">Whose request it was.</param>
    /// <param name="variant">What was chosen.</param>
    /// <param name="rating">0..1; anything else is no rating.</param>
    void Rated(int device, int variant, double rating);
}
