using StreamSched.Kafka.Settings;

namespace StreamSched.Hosting;

/// <summary>What a command line and the environment say of Kafka. Read once: a password's file may be a pipe.</summary>
/// <param name="Settings">The settings; null: something is wrong with them.</param>
/// <param name="Faults">What is wrong, one line each.</param>
/// <param name="Ignored">Variables that look like settings and are none, one line each.</param>
internal sealed record KafkaReading(KafkaSettings? Settings, IReadOnlyList<string> Faults, IReadOnlyList<string> Ignored);
