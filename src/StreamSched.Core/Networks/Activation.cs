namespace StreamSched.Core.Networks;

/// <summary>What a layer applies to each of its sums.</summary>
public enum Activation
{
    /// <summary>y = x.</summary>
    Identity,

    /// <summary>y = tanh x.</summary>
    Tanh,

    /// <summary>y = max(0, x).</summary>
    Relu,

    /// <summary>y = 1 / (1 + e^-x).</summary>
    Sigmoid,

    /// <summary>y = log(1 + e^x).</summary>
    Softplus,
}
