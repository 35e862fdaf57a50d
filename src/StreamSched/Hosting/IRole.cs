namespace StreamSched.Hosting;

/// <summary>A long-running role of the cluster, such as a scheduler or a worker. <see cref="RoleHost"/> runs one.</summary>
internal interface IRole
{
    /// <summary>Why it does not do its work at the moment; null: it does. Read from any thread while <see cref="Run"/> runs.</summary>
    string? NotReady { get; }

    /// <summary>Works until it is told to stop, then hands over what it holds.</summary>
    /// <param name="stop">Ends it.</param>
    Task Run(CancellationToken stop);
}
