namespace StreamSched.Core.Cluster;

/// <summary>What a worker's answer says about the worker.</summary>
public enum AnswerKind : byte
{
    /// <summary>It ran, and was answered.</summary>
    Served,

    /// <summary>The worker gave it up, since it could not be answered in time any more.</summary>
    Expired,

    /// <summary>The worker could not answer it: its model failed, or what came out of it could not be sent.</summary>
    Failed,

    /// <summary>The device's own fault (shape, encoding, not-finite): says nothing about the worker.</summary>
    Refused,
}
