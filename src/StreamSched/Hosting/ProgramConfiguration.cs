using System.CommandLine;

namespace StreamSched.Hosting;

/// <summary>How commands run.</summary>
/// <param name="termination">Ends the process when a command does not end in time; null: nobody does.</param>
internal sealed class ProgramConfiguration(Termination? termination) : InvocationConfiguration
{
    /// <summary>Ends the process when a command does not end in time; null: nobody does.</summary>
    public Termination? Termination { get; } = termination;
}
