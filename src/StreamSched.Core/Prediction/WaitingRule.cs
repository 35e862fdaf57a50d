namespace StreamSched.Core.Prediction;

/// <summary>What a request is predicted to wait for at a processor.</summary>
public enum WaitingRule
{
    /// <summary>All that is under way there, as in a line in which nobody overtakes.</summary>
    Everything,

    /// <summary>
    /// What is due before it, and half of the batch that runs: workers run the most urgent first and interrupt nothing
    /// (<see cref="Serving.WorkQueue{T}"/>).
    /// </summary>
    DueBefore,
}
