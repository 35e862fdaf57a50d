using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Microsoft.Extensions.Logging;

namespace StreamSched.Kafka;

/// <summary>
/// Creates the topics of the catalogue and compares those on a cluster with it. Nothing that exists is changed: partitions and retention
/// belong to the operator. The embedded cluster lacks the admin protocol, so its topics are made through <see cref="EmbeddedCluster"/>.
/// </summary>
public sealed class TopicAdmin : IDisposable
{
    /// <summary>Partitions of <c>requests</c> where the settings do not say.</summary>
    public const int DefaultPartitions = 8;

    private readonly KafkaSettings _settings;
    private readonly EmbeddedCluster? _embedded;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly IAdminClient _client;

    /// <summary>Makes an admin of the cluster that the settings name.</summary>
    /// <param name="settings">The installation's settings.</param>
    /// <param name="logger">For what the client says.</param>
    /// <param name="time">For time limits.</param>
    /// <param name="embedded">The cluster, if it is inside this process.</param>
    public TopicAdmin(KafkaSettings settings, ILogger logger, TimeProvider time, EmbeddedCluster? embedded = null)
    {
        (_settings, _embedded, _time, _logger) = (settings, embedded, time, logger);
        _client = new AdminClientBuilder(settings.Admin())
            .SetLogHandler((_, message) => KafkaLog.Forward(logger, message))
            .SetErrorHandler((_, error) => KafkaLog.ClientError(logger, "admin", error.Reason, error.Code))
            .Build();
    }

    /// <summary>Compares every topic of the catalogue, and every work topic there is, with its contract.</summary>
    public async Task<TopicReport> CheckAsync()
    {
        var existing = Existing();
        var differences = new List<TopicDifference>();
        var partitions = ExpectedPartitions(existing);
        var work = existing.Keys.Where(name => _settings.Topics.Strip(name)?.StartsWith("work.", StringComparison.Ordinal) == true).Order(StringComparer.Ordinal).ToArray();
        var places = Topics.All.Where(contract => !contract.IsFamily).Select(contract => (Name: _settings.Topics.Of(contract.Name), Contract: contract))
            .Concat(work.Select(name => (Name: name, Contract: Topics.Contract(Topics.WorkFamily)))).ToArray();
        var configurations = await ConfigurationsAsync([.. places.Select(place => place.Name).Where(existing.ContainsKey)]).ConfigureAwait(false);
        foreach (var (name, contract) in places)
        {
            if (!existing.TryGetValue(name, out var topic))
            {
                differences.Add(new(name, TopicDifferenceKind.Missing, "does not exist; create it with: streamsched topics create"));
                continue;
            }

            differences.AddRange(TopicComparison.Partitions(name, contract, topic.Partitions.Count, partitions));
            if (_settings.ReplicationFactor is { } wanted && topic.Partitions.Min(partition => partition.Replicas.Length) is var copies && copies < wanted)
                differences.Add(new(name, TopicDifferenceKind.Replication, $"has {copies} copies of a partition where {wanted} are wanted; a lost broker may lose records"));
            if (configurations.TryGetValue(name, out var configuration)) differences.AddRange(TopicComparison.Configuration(name, contract, configuration));
        }

        return new TopicReport([], differences, work);
    }

    /// <summary>Creates what is missing, with the partitions, retention and limits of the catalogue, and says what else differs.</summary>
    public async Task<TopicReport> CreateAsync()
    {
        var existing = Existing();
        var partitions = ExpectedPartitions(existing);
        var missing = Topics.All
            .Where(contract => !contract.IsFamily && !existing.ContainsKey(_settings.Topics.Of(contract.Name)))
            .Select(contract => (_settings.Topics.Of(contract.Name), contract, contract.Partitions == PartitionCount.One ? 1 : partitions))
            .ToArray();
        await CreateAsync(missing).ConfigureAwait(false);
        var report = await CheckAsync().ConfigureAwait(false);
        return report with { Created = [.. missing.Select(topic => topic.Item1)] };
    }

    /// <summary>Creates the topic of a worker unless it is there.</summary>
    /// <returns>Its full name.</returns>
    public async Task<string> CreateWorkTopicAsync(string workerId)
    {
        var name = _settings.Topics.Work(workerId);
        // Found first: a user without the right to create topics can run a worker whose topic somebody else made.
        if (!Existing().ContainsKey(name)) await CreateAsync([(name, Topics.Contract(Topics.WorkFamily), 1)]).ConfigureAwait(false);
        return name;
    }

    /// <summary>Ends the admin client.</summary>
    public void Dispose() => _client.Dispose();

    /// <summary>How many partitions a topic has; null: it is not there, or no broker says so within a second.</summary>
    /// <param name="topic">Full name.</param>
    public int? PartitionsOf(string topic)
    {
        try
        {
            return _client.GetMetadata(topic, TimeSpan.FromSeconds(1)).Topics is [{ Partitions.Count: > 0 and var count }] ? count : null;
        }
        catch (KafkaException)
        {
            return null;
        }
    }

    private int ExpectedPartitions(Dictionary<string, TopicMetadata> existing) =>
        _settings.Partitions ?? (existing.TryGetValue(_settings.Topics.Requests, out var requests) ? requests.Partitions.Count : DefaultPartitions);

    private Dictionary<string, TopicMetadata> Existing()
    {
        try
        {
            return _client.GetMetadata(_settings.ConnectTimeout).Topics
                .Where(topic => topic.Topic.StartsWith(_settings.Prefix, StringComparison.Ordinal) && topic.Error.Code == ErrorCode.NoError && topic.Partitions.Count > 0)
                .ToDictionary(topic => topic.Topic, StringComparer.Ordinal);
        }
        catch (KafkaException exception)
        {
            throw Failure(exception.Error, exception);
        }
    }

    private async Task CreateAsync((string Name, TopicContract Contract, int Partitions)[] topics)
    {
        if (topics.Length == 0) return;
        if (_embedded is not null)
        {
            foreach (var (name, _, partitions) in topics) _embedded.CreateTopic(name, partitions);
            return;
        }

        var specifications = topics.Select(topic => new TopicSpecification
        {
            Name = topic.Name,
            NumPartitions = topic.Partitions,
            ReplicationFactor = _settings.ReplicationFactor ?? -1,
            Configs = topic.Contract.Configuration.ToDictionary(pair => pair.Key, pair => pair.Value),
        });
        try
        {
            await _client.CreateTopicsAsync(specifications, new CreateTopicsOptions { RequestTimeout = _settings.ConnectTimeout, OperationTimeout = _settings.ConnectTimeout })
                .ConfigureAwait(false);
        }
        catch (CreateTopicsException exception)
        {
            var bad = exception.Results.FirstOrDefault(result => result.Error.IsError && result.Error.Code != ErrorCode.TopicAlreadyExists);
            if (bad is not null) throw Failure(bad.Error, exception, $"{bad.Topic} could not be created");
        }
        catch (KafkaException exception)
        {
            throw Failure(exception.Error, exception);
        }

        await LeadersAsync([.. topics.Select(topic => topic.Name)]).ConfigureAwait(false);
    }

    /// <summary>A created topic is not usable before its partitions have leaders and the brokers know them.</summary>
    private async Task LeadersAsync(string[] names)
    {
        var began = _time.GetTimestamp();
        while (true)
        {
            var existing = Existing();
            var pending = names.FirstOrDefault(name => !existing.TryGetValue(name, out var topic) || topic.Partitions.Any(partition => partition.Leader < 0));
            if (pending is null) return;
            if (_time.GetElapsedTime(began) > _settings.ConnectTimeout)
                throw new KafkaFailureException(KafkaFailureKind.Unreachable, $"{pending} was created but has no leader yet; are all brokers up?");
            await Task.Delay(TimeSpan.FromMilliseconds(20), _time).ConfigureAwait(false);
        }
    }

    private async Task<Dictionary<string, Dictionary<string, string>>> ConfigurationsAsync(string[] names)
    {
        if (_embedded is not null || names.Length == 0) return [];
        try
        {
            var answers = await _client.DescribeConfigsAsync(
                names.Select(name => new ConfigResource { Type = ResourceType.Topic, Name = name }),
                new DescribeConfigsOptions { RequestTimeout = _settings.ConnectTimeout }).ConfigureAwait(false);
            return answers.ToDictionary(
                answer => answer.ConfigResource.Name, answer => answer.Entries.Where(entry => entry.Value.Value is not null).ToDictionary(entry => entry.Key, entry => entry.Value.Value));
        }
        catch (KafkaException exception) when (exception.Error.Code == ErrorCode.Local_TimedOut)
        {
            // The metadata came a moment ago, so the brokers are there. An embedded cluster of another process has no controller to ask.
            KafkaLog.ConfigurationUnknown(_logger, exception.Error.Reason);
            return [];
        }
        catch (KafkaException exception)
        {
            throw Failure(exception.Error, exception);
        }
    }

    private KafkaFailureException Failure(Error error, Exception inner, string? what = null) => KafkaFailureException.From(error, "the topics") ?? error.Code switch
    {
        ErrorCode.Local_Transport or ErrorCode.Local_TimedOut or ErrorCode.Local_AllBrokersDown or ErrorCode.RequestTimedOut =>
            new(KafkaFailureKind.Unreachable, $"no Kafka broker answers at {_settings.BootstrapServers}: {error.Reason}", inner),
        _ => new(KafkaFailureKind.Refused, $"{what ?? "the brokers refuse"}: {error.Reason}", inner),
    };
}
