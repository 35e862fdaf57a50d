using System.Collections.Concurrent;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamSched.Kafka.Diagnostics;

namespace StreamSched.Kafka.Settings;

/// <summary>The first contact with a cluster: whether it answers, and a plain word where it does not.</summary>
internal static class ClusterProbe
{
    // Of brokers that hang up as they do on a client which speaks TLS, or speaks it not, against their will. One that is just starting may do so for a moment.
    private static readonly TimeSpan HangUpPatience = TimeSpan.FromSeconds(1);

    /// <summary>Waits until a broker answers.</summary>
    /// <returns>How many brokers the cluster has.</returns>
    /// <exception cref="KafkaFailureException">Nobody answers within <see cref="KafkaSettings.ConnectTimeout"/>, or the login is refused.</exception>
    public static int Require(KafkaSettings settings, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellation = default)
    {
        var (errors, guesses) = (new ConcurrentQueue<Error>(), new ConcurrentQueue<string>());
        using var client = new AdminClientBuilder(settings.Admin())
            .SetErrorHandler((_, error) => errors.Enqueue(error))
            .SetLogHandler((_, message) =>
            {
                if (message.Message.Contains(" listener?", StringComparison.Ordinal)) guesses.Enqueue(message.Message); // no error tells of it in time
                KafkaLog.Forward(loggers.CreateLogger(typeof(ClusterProbe)), message);
            })
            .Build();
        var began = time.GetTimestamp();
        var last = "no answer";
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                // Short questions, so that a refused login is noticed as soon as it is reported.
                return client.GetMetadata(TimeSpan.FromMilliseconds(500)).Brokers.Count;
            }
            catch (KafkaException exception)
            {
                if (KafkaFailureException.From(exception.Error, "the cluster") is { } refused) throw refused;
            }

            while (errors.TryDequeue(out var error))
            {
                if (KafkaFailureException.From(error, "the cluster") is { } failure) throw failure;
                if (error.Code != ErrorCode.Local_AllBrokersDown) last = error.Reason;
            }

            if (time.GetElapsedTime(began) > HangUpPatience && guesses.TryPeek(out var guess))
                throw new KafkaFailureException(
                    KafkaFailureKind.Authentication, $"the brokers at {settings.BootstrapServers} hang up ({guess}). Check bootstrap and security-protocol");

            if (time.GetElapsedTime(began) > settings.ConnectTimeout)
                throw new KafkaFailureException(
                    KafkaFailureKind.Unreachable,
                    $"no Kafka broker answers at {settings.BootstrapServers} within {settings.ConnectTimeout.TotalSeconds:0.#} s ({last}). Is it running? "
                    + "Check bootstrap and security-protocol");
        }
    }
}
