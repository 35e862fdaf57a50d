namespace StreamSched.Hosting;

/// <summary>What standard output and standard error lead to.</summary>
internal static class Terminal
{
    /// <summary>Whether standard output is a terminal.</summary>
    public static bool IsOutputTerminal => !Console.IsOutputRedirected;

    /// <summary>Whether standard error is a terminal.</summary>
    public static bool IsErrorTerminal => !Console.IsErrorRedirected;

    /// <summary>Whether a cursor may be moved there: to and fro on a terminal that is not dumb.</summary>
    /// <param name="terminal">Whether the output is a terminal.</param>
    public static bool HasCursor(bool terminal) => HasCursor(terminal, Environment.GetEnvironmentVariable);

    /// <summary>The same with a given environment.</summary>
    /// <param name="terminal">Whether the output is a terminal.</param>
    /// <param name="variable">Value of a variable of the environment; null: it is not set.</param>
    public static bool HasCursor(bool terminal, Func<string, string?> variable) => terminal && variable("TERM") is not "dumb";

    /// <summary>Whether colours are written there: where a cursor is, unless <c>NO_COLOR</c> is set (no-color.org).</summary>
    /// <param name="terminal">Whether the output is a terminal.</param>
    public static bool HasColour(bool terminal) => HasColour(terminal, Environment.GetEnvironmentVariable);

    /// <summary>The same with a given environment.</summary>
    /// <param name="terminal">Whether the output is a terminal.</param>
    /// <param name="variable">Value of a variable of the environment; null: it is not set.</param>
    public static bool HasColour(bool terminal, Func<string, string?> variable) => HasCursor(terminal, variable) && string.IsNullOrEmpty(variable("NO_COLOR"));
}
