namespace StreamSched.Simulation.Training;

/// <summary>How a training runs and where it writes to.</summary>
public sealed record TrainingSettings
{
    /// <summary>The policy file. Beside it: <c>.checkpoint</c> to go on from, <c>.csv</c> with the learning curve.</summary>
    public required string Out { get; init; }

    /// <summary>Ends after the step that is under way then.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Ends after so many steps in all, those before a resumption included.</summary>
    public long MaxSteps { get; init; } = long.MaxValue;

    /// <summary>Whether to go on from the checkpoint beside <see cref="Out"/>.</summary>
    public bool Resume { get; init; }

    /// <summary>How often a checkpoint is written.</summary>
    public TimeSpan CheckpointPeriod { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>What else the file shall say of its training: command, commit.</summary>
    public IReadOnlyDictionary<string, string> Notes { get; init; } = new Dictionary<string, string>();
}
