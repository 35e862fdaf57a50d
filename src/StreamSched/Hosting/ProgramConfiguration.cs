using System.CommandLine;

namespace StreamSched.Hosting;

/// <summary>How commands run.</summary>
/// <param name="termination">Ends the process when a command does not end in time; null: nobody does.</param>
/// <param name="kafka">What it says of Kafka; null: the command has nothing to do with it.</param>
internal sealed class ProgramConfiguration(Termination? termination, KafkaReading? kafka) : InvocationConfiguration
{
    /// <summary>Ends the process when a command does not end in time; null: nobody does.</summary>
    public Termination? Termination { get; } = termination;

    /// <summary>What it says of Kafka; null: the command has nothing to do with it.</summary>
    public KafkaReading? Kafka { get; } = kafka;
}
