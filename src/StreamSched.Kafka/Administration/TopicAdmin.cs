using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Microsoft.Extensions.Logging;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Kafka.Embedded;
using StreamSched.Kafka.Settings;
using StreamSched.Kafka.Topics;

namespace StreamSched.Kafka.Administration;

/// <summary>
/// Creates the topics of the catalogue and compares those on a cluster with it. What exists grows at most, where it is too small for what goes with it:
/// partitions to those of <c>requests</c>, limits to what a request needs. Retention and the rest belong to the operator. The embedded cluster lacks the admin
/// protocol, so its topics are made through <see cref="EmbeddedCluster"/>.
/// </summary>
internal sealed class TopicAdmin : IDisposable
{
    /// <summary>Partitions of <c>requests</c> where the settings do not say.</summary>
    public const int DefaultPartitions = 8;

    private readonly KafkaSettings _settings;
    private readonly EmbeddedCluster? _embedded;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ILoggerFactory _loggers;
    private readonly IAdminClient _client;
    private readonly CallbackBoundary _callbacks = new();
    private bool _reached;

    /// <summary>Makes an admin of the cluster that the settings name.</summary>
    /// <param name="settings">The installation's settings.</param>
    /// <param name="loggers">For what the client says.</param>
    /// <param name="time">For time limits.</param>
    /// <param name="embedded">The cluster, if it is inside this process.</param>
    public TopicAdmin(KafkaSettings settings, ILoggerFactory loggers, TimeProvider time, EmbeddedCluster? embedded = null)
    {
        (_settings, _embedded, _time, _loggers, _logger) = (settings, embedded, time, loggers, loggers.CreateLogger<TopicAdmin>());
        _client = new AdminClientBuilder(settings.Admin())
            .SetLogHandler((_, message) => _callbacks.Run(() => KafkaLog.Forward(_logger, message)))
            .SetErrorHandler((_, error) => _callbacks.Run(() => KafkaLog.ClientError(_logger, "admin", error.Reason, error.Code)))
            .Build();
    }

    /// <summary>Compares every topic of the catalogue, and every work topic there is, with its contract.</summary>
    public async Task<TopicReport> CheckAsync()
    {
        var existing = Existing();
        var differences = new List<TopicDifference>();
        var partitions = ExpectedPartitions(existing);
        var work = existing.Keys.Where(name => ContractOf(name) is { IsFamily: true }).Order(StringComparer.Ordinal).ToArray();
        var places = TopicCatalogue.All.Where(contract => !contract.IsFamily).Select(contract => (Name: _settings.Topics.Of(contract.Name), Contract: contract))
            .Concat(work.Select(name => (Name: name, Contract: TopicCatalogue.Contract(TopicCatalogue.WorkFamily)))).ToArray();
        var (configurations, problems) = await ConfigurationsAsync([.. places.Select(place => place.Name).Where(existing.ContainsKey)]).ConfigureAwait(false);
        var requestsLimit = RequestsLimit(configurations);
        foreach (var (name, contract) in places)
        {
            if (!existing.TryGetValue(name, out var topic))
            {
                differences.Add(new(name, TopicDifferenceKind.Missing, "does not exist; create it with: streamsched topics create"));
                continue;
            }

            differences.AddRange(TopicComparison.Partitions(name, contract, topic.Partitions.Count, partitions));
            if (_settings.ReplicationFactor is { } wanted && topic.Partitions.Min(partition => partition.Replicas.Length) is var copies && copies < wanted)
                differences.Add(new(
                    name, TopicDifferenceKind.Replication, $"has {copies} copies of a partition where {wanted} are wanted; a lost broker may lose records"));
            if (configurations.TryGetValue(name, out var configuration))
                differences.AddRange(TopicComparison.Configuration(name, contract, configuration, requestsLimit));
            if (problems.TryGetValue(name, out var problem))
                differences.Add(new(
                    name, TopicDifferenceKind.Unknown, $"its configuration cannot be read, so retention and limits are not compared: {problem}"));
        }

        differences.AddRange(TopicComparison.Names(_settings.Topics, existing.Keys));
        return new TopicReport(differences, work);
    }

    /// <summary>
    /// Creates what is missing, with the partitions, retention and limits of the catalogue, adds partitions and raises limits where they are too few and too
    /// low for what goes with them, and says what else differs. One refusal does not keep the rest from being tried.
    /// </summary>
    public async Task<TopicReport> CreateAsync()
    {
        var existing = Existing();
        var partitions = ExpectedPartitions(existing);
        List<TopicChange> raised = [], refused = [];
        var (configurations, _) = await ConfigurationsAsync([.. existing.Keys.Where(name => ContractOf(name) is not null)]).ConfigureAwait(false);
        var requestsLimit = RequestsLimit(configurations);
        (string Name, TopicContract Contract, int Partitions)[] missing =
        [
            .. TopicCatalogue.All.Where(contract => !contract.IsFamily && !existing.ContainsKey(_settings.Topics.Of(contract.Name)))
                .Select(contract => (_settings.Topics.Of(contract.Name), contract, contract.Partitions == PartitionCount.One ? 1 : partitions)),
        ];
        refused.AddRange(await CreateAsync(missing, requestsLimit).ConfigureAwait(false));
        var created = missing.Select(topic => topic.Name).Except(refused.Select(refusal => refusal.Topic)).ToArray();
        await AddPartitionsAsync(existing, partitions, raised, refused).ConfigureAwait(false);
        foreach (var (name, configuration) in configurations)
            if (ContractOf(name) is { } contract) await RaiseLimitAsync(name, contract, configuration, requestsLimit, raised, refused).ConfigureAwait(false);
        return await CheckAsync().ConfigureAwait(false) with { Created = created, Raised = raised, Refused = refused };
    }

    /// <summary>Creates the topic of a worker unless it is there, and raises its limit where a record of <c>requests</c> does not fit.</summary>
    /// <returns>Its full name.</returns>
    /// <exception cref="KafkaFailureException">It is not there and cannot be created.</exception>
    public async Task<string> CreateWorkTopicAsync(string workerId)
    {
        var name = _settings.Topics.Work(workerId);
        var contract = TopicCatalogue.Contract(TopicCatalogue.WorkFamily);

        // Found first: a user without the right to create topics can run a worker whose topic somebody else made.
        var exists = Existing().ContainsKey(name);
        var (configurations, problems) = await ConfigurationsAsync(
            exists ? [_settings.Topics.Requests, name] : [_settings.Topics.Requests]).ConfigureAwait(false);
        foreach (var problem in problems.Values) KafkaLog.ConfigurationUnknown(_logger, problem);
        var requestsLimit = RequestsLimit(configurations);
        List<TopicChange> raised = [], refused = [];
        if (exists)
        {
            if (configurations.TryGetValue(name, out var configuration))
                await RaiseLimitAsync(name, contract, configuration, requestsLimit, raised, refused).ConfigureAwait(false);
            // Or it was refused: requests near the limit are rejected then, and topics check says so.
            foreach (var change in raised.Concat(refused)) KafkaLog.LimitRaised(_logger, change.Topic, change.Text);
        }
        else if ((await CreateAsync([(name, contract, 1)], requestsLimit).ConfigureAwait(false)) is [var refusal, ..])
        {
            throw new KafkaFailureException(KafkaFailureKind.Refused, $"{refusal.Topic} cannot be used: {refusal.Text}");
        }

        return name;
    }

    /// <summary>
    /// How large a record each of some topics takes: as the brokers say, or as the catalogue has it where a topic is not there yet or nobody may ask.
    /// </summary>
    /// <param name="names">Full names.</param>
    public async Task<IReadOnlyDictionary<string, int>> RecordLimitsAsync(IReadOnlyCollection<string> names)
    {
        var existing = Existing();
        var (configurations, problems) = await ConfigurationsAsync([.. names.Where(existing.ContainsKey)]).ConfigureAwait(false);
        foreach (var problem in problems.Values) KafkaLog.ConfigurationUnknown(_logger, problem);
        return names.ToDictionary(
            name => name,
            name => (int)Math.Min(
                int.MaxValue, (configurations.TryGetValue(name, out var configuration) ? TopicComparison.RecordLimit(configuration) : null)
                    ?? (ContractOf(name) ?? TopicCatalogue.Contract(TopicCatalogue.WorkFamily)).MaxRecordBytes));
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

    private TopicContract? ContractOf(string fullName) => _settings.Topics.Strip(fullName) is not { } name ? null
        : name.StartsWith("work.", StringComparison.Ordinal) && TopicCatalogue.IsWorkerId(name["work.".Length..])
            ? TopicCatalogue.Contract(TopicCatalogue.WorkFamily) : TopicCatalogue.All.FirstOrDefault(contract => contract.Name == name);

    private long RequestsLimit(Dictionary<string, Dictionary<string, string>> configurations) =>
        (configurations.TryGetValue(_settings.Topics.Requests, out var requests) ? TopicComparison.RecordLimit(requests) : null)
        ?? TopicCatalogue.Contract(TopicCatalogue.Requests).MaxRecordBytes;

    private Dictionary<string, TopicMetadata> Existing()
    {
        // The probe knows why there is no answer; this client's own question would only time out.
        if (!_reached) ClusterProbe.Require(_settings, _loggers, _time);
        _reached = true;
        _callbacks.ThrowIfFailed();
        try
        {
            return _client.GetMetadata(_settings.ConnectTimeout).Topics
                .Where(topic =>
                    topic.Topic.StartsWith(_settings.Prefix, StringComparison.Ordinal) && topic.Error.Code == ErrorCode.NoError && topic.Partitions.Count > 0)
                .ToDictionary(topic => topic.Topic, StringComparer.Ordinal);
        }
        catch (KafkaException exception)
        {
            throw Failure(exception.Error, exception);
        }
    }

    // The refused ones.
    private async Task<IReadOnlyList<TopicChange>> CreateAsync((string Name, TopicContract Contract, int Partitions)[] topics, long requestsLimit)
    {
        if (topics.Length == 0) return [];
        if (_embedded is not null)
        {
            foreach (var (name, _, partitions) in topics) _embedded.CreateTopic(name, partitions);
            return [];
        }

        var specifications = topics.Select(topic => new TopicSpecification
        {
            Name = topic.Name,
            NumPartitions = topic.Partitions,
            ReplicationFactor = _settings.ReplicationFactor ?? -1,
            Configs = topic.Contract.ConfigurationFor(requestsLimit),
        });
        TopicChange[] refused = [];
        try
        {
            await _client.CreateTopicsAsync(
                specifications, new CreateTopicsOptions { RequestTimeout = _settings.ConnectTimeout, OperationTimeout = _settings.ConnectTimeout })
                .ConfigureAwait(false);
        }
        catch (CreateTopicsException exception)
        {
            refused = [.. exception.Results.Where(result => result.Error.IsError && result.Error.Code != ErrorCode.TopicAlreadyExists)
                .Select(result => new TopicChange(result.Topic, result.Error.Reason))];
        }
        catch (KafkaException exception)
        {
            throw Failure(exception.Error, exception);
        }

        var made = topics.Where(topic => !refused.Any(refusal => refusal.Topic == topic.Name)).Select(topic => (topic.Name, topic.Partitions)).ToArray();
        var unseen = await LeadersAsync(made).ConfigureAwait(false);
        return [.. refused, .. unseen.Select(name => new TopicChange(name, $"was created and {NotSeen}"))];
    }

    // Requests comes last: until the others have its partitions, what is in the new ones cannot be answered.
    private async Task AddPartitionsAsync(Dictionary<string, TopicMetadata> existing, int partitions, List<TopicChange> raised, List<TopicChange> refused)
    {
        if (_embedded is not null) return; // it cannot
        foreach (var contract in TopicCatalogue.All.Where(contract => contract.Partitions == PartitionCount.SameAsRequests)
            .OrderBy(contract => contract.Name == TopicCatalogue.Requests))
        {
            var name = _settings.Topics.Of(contract.Name);
            if (!existing.TryGetValue(name, out var topic) || topic.Partitions.Count >= partitions) continue;
            if (contract.Name == TopicCatalogue.Requests && refused.Count > 0)
            {
                refused.Add(new TopicChange(name, $"keeps {topic.Partitions.Count} partitions, since not all that goes with it has {partitions}"));
                continue;
            }

            try
            {
                await _client.CreatePartitionsAsync(
                    [new PartitionsSpecification { Topic = name, IncreaseTo = partitions }],
                    new CreatePartitionsOptions { RequestTimeout = _settings.ConnectTimeout, OperationTimeout = _settings.ConnectTimeout })
                    .ConfigureAwait(false);
                if (await LeadersAsync([(name, partitions)]).ConfigureAwait(false) is [])
                    raised.Add(new TopicChange(name, $"{partitions} partitions instead of {topic.Partitions.Count}"));
                else refused.Add(new TopicChange(name, $"{partitions} partitions: they were added and {NotSeen}"));
            }
            catch (CreatePartitionsException exception)
            {
                refused.Add(new TopicChange(name, $"{partitions} partitions: {exception.Results[0].Error.Reason}"));
            }
            catch (KafkaException exception)
            {
                throw Failure(exception.Error, exception);
            }
        }
    }

    private async Task RaiseLimitAsync(
        string name, TopicContract contract, Dictionary<string, string> configuration, long requestsLimit, List<TopicChange> raised, List<TopicChange> refused)
    {
        var wanted = contract.RecordLimit(requestsLimit);
        if (TopicComparison.RecordLimit(configuration) is not { } limit || limit >= wanted) return;
        try
        {
            await _client.IncrementalAlterConfigsAsync(
                new Dictionary<ConfigResource, List<ConfigEntry>>
                {
                    [new ConfigResource { Type = ResourceType.Topic, Name = name }] =
                        [new ConfigEntry
                        {
                            Name = "max.message.bytes", Value = contract.ConfigurationFor(requestsLimit)["max.message.bytes"],
                            IncrementalOperation = AlterConfigOpType.Set,
                        }],
                },
                new IncrementalAlterConfigsOptions { RequestTimeout = _settings.ConnectTimeout }).ConfigureAwait(false);
            raised.Add(new TopicChange(name, $"records up to {wanted} bytes instead of {limit}"));

            // Brokers tell of it a moment later, and the check that follows shall find it.
            for (var began = _time.GetTimestamp(); _time.GetElapsedTime(began) < _settings.ConnectTimeout;)
            {
                var (found, _) = await ConfigurationsAsync([name]).ConfigureAwait(false);
                if (!found.TryGetValue(name, out var now) || TopicComparison.RecordLimit(now) >= wanted) break;
                await Task.Delay(TimeSpan.FromMilliseconds(20), _time).ConfigureAwait(false);
            }
        }
        catch (IncrementalAlterConfigsException exception)
        {
            refused.Add(new TopicChange(name, $"records up to {wanted} bytes instead of {limit}: {exception.Results[0].Error.Reason}"));
        }
        catch (KafkaException exception)
        {
            throw Failure(exception.Error, exception);
        }
    }

    private string NotSeen => string.Create(
        CultureInfo.InvariantCulture,
        $"is not to be seen within {_settings.ConnectTimeout.TotalSeconds:0.#} s: a broker is down, or this user has no right to describe it");

    /// <summary>A created topic is not usable before its partitions have leaders and the brokers know them.</summary>
    /// <returns>Those of which that cannot be told.</returns>
    private async Task<IReadOnlyList<string>> LeadersAsync((string Name, int Partitions)[] topics)
    {
        var began = _time.GetTimestamp();
        while (true)
        {
            var existing = Existing();
            string[] pending =
            [
                .. topics.Where(place => !existing.TryGetValue(place.Name, out var topic) || topic.Partitions.Count < place.Partitions
                    || topic.Partitions.Any(partition => partition.Leader < 0)).Select(place => place.Name),
            ];
            if (pending.Length == 0 || _time.GetElapsedTime(began) > _settings.ConnectTimeout) return pending;
            await Task.Delay(TimeSpan.FromMilliseconds(20), _time).ConfigureAwait(false);
        }
    }

    // By topic; and why some cannot be told.
    private async Task<(Dictionary<string, Dictionary<string, string>> Found, Dictionary<string, string> Problems)> ConfigurationsAsync(string[] names)
    {
        if (_embedded is not null || names.Length == 0) return ([], []);
        try
        {
            var answers = await _client.DescribeConfigsAsync(
                names.Select(name => new ConfigResource { Type = ResourceType.Topic, Name = name }),
                new DescribeConfigsOptions { RequestTimeout = _settings.ConnectTimeout }).ConfigureAwait(false);
            return (answers.ToDictionary(answer => answer.ConfigResource.Name, answer => Values(answer.Entries)), []);
        }
        catch (DescribeConfigsException exception)
        {
            return (
                exception.Results.Where(report => !report.Error.IsError).ToDictionary(report => report.ConfigResource.Name, report => Values(report.Entries)),
                exception.Results.Where(report => report.Error.IsError).ToDictionary(report => report.ConfigResource.Name, report => report.Error.Reason));
        }
        catch (KafkaException exception) when (exception.Error.Code == ErrorCode.Local_TimedOut)
        {
            // The metadata came a moment ago, so the brokers are there. An embedded cluster of another process has no controller to ask.
            KafkaLog.ConfigurationUnknown(_logger, exception.Error.Reason);
            return ([], []);
        }
        catch (KafkaException exception)
        {
            throw Failure(exception.Error, exception);
        }

        static Dictionary<string, string> Values(Dictionary<string, ConfigEntryResult> entries) =>
            entries.Where(entry => entry.Value.Value is not null).ToDictionary(entry => entry.Key, entry => entry.Value.Value);
    }

    private KafkaFailureException Failure(Error error, Exception inner) => KafkaFailureException.From(error, "the topics") ?? error.Code switch
    {
        ErrorCode.Local_Transport or ErrorCode.Local_TimedOut or ErrorCode.Local_AllBrokersDown or ErrorCode.RequestTimedOut =>
            new(KafkaFailureKind.Unreachable, $"no Kafka broker answers at {_settings.BootstrapServers}: {error.Reason}", inner),
        _ => new(KafkaFailureKind.Refused, $"the brokers refuse: {error.Reason}", inner),
    };
}
