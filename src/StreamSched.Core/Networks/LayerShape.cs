namespace StreamSched.Core.Networks;

/// <summary>One fully connected layer.</summary>
/// <param name="Outputs">Units, positive.</param>
/// <param name="Activation">What each unit applies.</param>
public readonly record struct LayerShape(int Outputs, Activation Activation);
