namespace StreamSched.Core.Policies;

/// <summary>What a policy in the shadow would have done with a request that the policy in force has decided.</summary>
public enum ShadowChoice
{
    /// <summary>It was not asked.</summary>
    None,

    /// <summary>The same.</summary>
    Same,

    /// <summary>Something else.</summary>
    Other,

    /// <summary>It took longer than a policy may.</summary>
    Slow,

    /// <summary>Nothing that can be: it failed, or named what is not there.</summary>
    Invalid,
}
