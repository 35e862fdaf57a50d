namespace StreamSched.Simulation.Scenarios;

/// <summary>A scenario is not as its schema says. Every error is reported at once, each with its path in the document.</summary>
public sealed class ScenarioException : Exception
{
    /// <summary>Collects what is wrong.</summary>
    /// <param name="file">The document.</param>
    /// <param name="errors">One line per error, each beginning with a path.</param>
    public ScenarioException(string file, IReadOnlyList<string> errors)
        : base($"{file}: {string.Join($"{Environment.NewLine}{file}: ", errors)}") => (File, Errors) = (file, errors);

    /// <summary>The document.</summary>
    public string File { get; }

    /// <summary>One line per error, each beginning with a path.</summary>
    public IReadOnlyList<string> Errors { get; }
}
