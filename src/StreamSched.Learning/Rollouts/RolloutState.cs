namespace StreamSched.Learning.Rollouts;

/// <summary>Where a challenger stands.</summary>
public enum RolloutState
{
    /// <summary>Its file has been judged.</summary>
    Proposed,

    /// <summary>It is asked beside the champion, and serves nothing.</summary>
    Shadow,

    /// <summary>It serves some windows.</summary>
    Trial,

    /// <summary>It has become the champion.</summary>
    Active,

    /// <summary>It was the champion, and the former one serves again.</summary>
    RolledBack,

    /// <summary>It never became the champion.</summary>
    Rejected,
}
