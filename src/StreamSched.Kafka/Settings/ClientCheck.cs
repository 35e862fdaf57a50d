using Confluent.Kafka;

namespace StreamSched.Kafka.Settings;

/// <summary>
/// Whether librdkafka makes clients of the settings. What is wrong with certificates, OAuth and combinations of properties only shows when a client is made,
/// which otherwise is in the middle of a command, and an exception of the package's own.
/// </summary>
internal static class ClientCheck
{
    /// <summary>Makes each kind of client once, without brokers to connect to.</summary>
    /// <param name="settings">The settings.</param>
    /// <returns>The settings.</returns>
    /// <exception cref="KafkaSettingsException">With what librdkafka says.</exception>
    public static KafkaSettings WithUsableClients(this KafkaSettings settings)
    {
        // Without security and further properties everything has been checked already.
        if (settings.Security == new KafkaSecurity() && settings.Properties.Count == 0) return settings;
        List<string> problems = [];
        Try(() => new AdminClientBuilder(Unconnected(settings.Admin())).SetLogHandler((_, _) => { }).Build());
        Try(() => new ProducerBuilder<byte[], byte[]>(Unconnected(settings.Producer())).SetLogHandler((_, _) => { }).Build());
        Try(() => new ConsumerBuilder<byte[], byte[]>(Unconnected(settings.Reader())).SetLogHandler((_, _) => { }).Build());
        Try(() => new ConsumerBuilder<byte[], byte[]>(Unconnected(settings.GroupConsumer(settings.Group("scheduler")))).SetLogHandler((_, _) => { }).Build());
        return problems.Count == 0 ? settings : throw new KafkaSettingsException(problems);

        void Try(Func<IDisposable> make)
        {
            try
            {
                make().Dispose();
            }
            catch (Exception exception) when (exception is InvalidOperationException or KafkaException or ArgumentException)
            {
                string problem = "librdkafka makes no client of these settings: " + exception.Message.ReplaceLineEndings(" ").Trim();
                if (!problems.Contains(problem)) problems.Add(problem);
            }
        }
    }

    private static T Unconnected<T>(T config)
        where T : ClientConfig
    {
        config.BootstrapServers = null!; // removes it
        return config;
    }
}
