using System.Text.RegularExpressions;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using StreamSched.IntegrationTests.Commands;
using StreamSched.Tests;

namespace StreamSched.IntegrationTests;

/// <summary>The rights in docs/security.md, on a broker that grants nothing else.</summary>
public sealed partial class AccessControlTests : IAsyncLifetime
{
    private const string Prefix = "acl.", Worker = "edge-1", Password = "a-password-of-acl-tests";
    private static readonly string[] Roles = ["scheduler", "worker", "learner", "device", "operator"];
    private readonly CancellationTokenSource _stop = new();
    private RealKafka? _kafka;

    private IAdminClient? _admin;

    public async ValueTask InitializeAsync()
    {
        Components.Require("kafka");
        _kafka = await RealKafka.StartAsync(authorizer: true);
        _admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = _kafka.BootstrapServers }).SetLogHandler((_, _) => { }).Build();
        await _admin.AlterUserScramCredentialsAsync(Roles.Select(role => (UserScramCredentialAlteration)new UserScramCredentialUpsertion
        {
            User = role, Password = System.Text.Encoding.UTF8.GetBytes(Password),
            ScramCredentialInfo = new ScramCredentialInfo { Mechanism = ScramMechanism.ScramSha512, Iterations = 4096 },
        }));
        await _admin.InForceAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _admin?.Dispose();
        if (_kafka is not null) await _kafka.DisposeAsync();
        _stop.Dispose();
    }

    [Fact]
    public async Task B6_Every_role_works_with_the_rights_in_the_document_and_says_which_one_is_missing()
    {
        AclBinding[] rights = [.. Rows().SelectMany(Bindings)];
        Assert.All(Roles, role => Assert.Contains(rights, r => r.Entry.Principal == $"User:{role}"));
        await GiveAsync(rights);

        await Succeeds("operator", "topics", "create");
        await Succeeds("operator", "topics", "check");
        Task<Cli> scheduler = Run("scheduler", _stop.Token, "scheduler", "--id", "s1", "--policy", "price"),
            worker = Run("worker", _stop.Token, "worker", "--id", Worker, "--models", Checkout.Path("models"), "--variants", "digits-xs"),
            learner = Run("learner", _stop.Token, "learner", "--id", "l1");
        string frame = Path.Combine(Directory.CreateTempSubdirectory("streamsched-acl-").FullName, "frame.grey");
        await File.WriteAllBytesAsync(frame, new byte[64], TestContext.Current.CancellationToken);
        await Installation.Until(() => scheduler.IsCompleted || worker.IsCompleted || Send(frame).Result.ExitCode == 0);
        Assert.False(scheduler.IsCompleted, scheduler.IsCompleted ? (await scheduler).Error : "");
        Assert.False(worker.IsCompleted, worker.IsCompleted ? (await worker).Error : "");
        await Succeeds(
            "device", "device", "--id", "cam-2", "--task", "digits", "--frames", frame, "--count", "5", "--rate", "50", "--deadline", "20s", "--feedback");

        // What the learner may not do ends it, so that there is experience shows that it may do all that it needs.
        await Installation.Until(() => learner.IsCompleted
            || Run("operator", default, "tail", "experience", "--from", "earliest", "--no-follow").Result.Output.Contains("REVISED", StringComparison.Ordinal));
        Assert.False(learner.IsCompleted, learner.IsCompleted ? (await learner).Error : "");
        await Succeeds("operator", "status");
        await Succeeds("operator", "policy", "use", "earliest-finish");
        await Succeeds("operator", "policy", "history");
        await Succeeds("operator", "policy", "show");
        await Succeeds("operator", "worker", "list");
        foreach (string topic in (string[])["requests", "work." + Worker, "results", "decisions", "telemetry", "workers", "load", "policies",
            "feedback", "dead-letters"])
            await Succeeds("operator", "tail", topic, "--from", "earliest", "--no-follow");
        await Succeeds("operator", "dead-letters", "list");

        // A right that is taken away is missed by name.
        await Take(rights, "device", "requests", AclOperation.Write);
        Cli refused = await Send(frame);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("requests", refused.Output + refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", refused.Error, StringComparison.Ordinal);
        await Take(rights, "operator", "", AclOperation.Read);
        refused = await Run("operator", default, "tail", "results", "--from", "earliest", "--no-follow");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("results", refused.Error, StringComparison.Ordinal);
        await GiveAsync(rights);

        await Succeeds("operator", "worker", "drain", Worker, "--timeout", "60");
        Assert.Equal(0, (await worker.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken)).ExitCode);
        await Take(rights, "worker", "telemetry", AclOperation.Read);
        Cli another = await Run("worker", _stop.Token, "worker", "--id", Worker, "--models", Checkout.Path("models"), "--variants", "digits-xs")
            .WaitAsync(TimeSpan.FromSeconds(90), TestContext.Current.CancellationToken);
        Assert.Equal(1, another.ExitCode);
        Assert.Contains("telemetry", another.Error, StringComparison.Ordinal);
        await _stop.CancelAsync();
        Assert.Equal(0, (await scheduler.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).ExitCode);
        Assert.Equal(0, (await learner.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).ExitCode);
    }

    [Fact]
    public async Task B1_What_the_brokers_do_not_let_a_role_store_is_told_by_status_until_they_do()
    {
        AclBinding[] rights = [.. Rows().SelectMany(Bindings)];
        await GiveAsync(rights);
        await Succeeds("operator", "topics", "create");
        await Take(rights, "worker", "workers", AclOperation.Write);
        Task<Cli> scheduler = Run("scheduler", _stop.Token, "scheduler", "--id", "s1", "--policy", "price");
        Task<Cli> worker = Run("worker", _stop.Token, "worker", "--id", Worker, "--models", Checkout.Path("models"), "--variants", "digits-xs");
        await StatusReport.UntilToldAsync(Operate, "not-registered", $"the registration of worker '{Worker}' was not stored");
        await GiveAsync(rights);
        await StatusReport.UntilFineAsync(Operate);

        // Nobody has this task, so the answer is the scheduler's own.
        await Take(rights, "scheduler", "results", AclOperation.Write);
        string frame = Path.Combine(Directory.CreateTempSubdirectory("streamsched-acl-").FullName, "frame.grey");
        await File.WriteAllBytesAsync(frame, new byte[64], TestContext.Current.CancellationToken);
        Task<Cli> asked = Run("device", default, "send", frame, "--id", "cam-1", "--task", "nobody-has-it", "--deadline", "5s");
        await StatusReport.UntilToldAsync(Operate, "results-not-stored", "does not come back from acl.results/");
        await GiveAsync(rights);
        await StatusReport.UntilFineAsync(Operate);
        Assert.Contains(
            "no-worker", (await asked).Output + (await Operate("tail", "results", "--from", "earliest", "--no-follow")).Output, StringComparison.Ordinal);
        await _stop.CancelAsync();
        Assert.Equal((0, 0), ((await scheduler).ExitCode, (await worker).ExitCode));
    }

    private Task<Cli> Operate(params string[] arguments) => Run("operator", default, arguments);

    private Task<Cli> Send(string frame) => Run("device", default, "send", frame, "--id", "cam-1", "--task", "digits", "--deadline", "20s");

    private async Task Succeeds(string role, params string[] arguments)
    {
        Cli run = await Run(role, default, arguments);
        Assert.True(run.ExitCode == 0, $"{role}: {string.Join(' ', arguments)} ended with {run.ExitCode}\n{run.Output}\n{run.Error}");
    }

    private Task<Cli> Run(string role, CancellationToken stop, params string[] arguments) => Cli.RunAsync(stop,
    [
        .. arguments, "--prefix", Prefix, "--log-level", "Error", "--bootstrap", _kafka!.SecureBootstrapServers, "--kafka", "security-protocol=SASL_SSL",
        "sasl-mechanism=SCRAM-SHA-512", $"sasl-username={role}", $"sasl-password={Password}", $"ssl-ca={_kafka.CaFile}", "partitions=2", "connect-timeout=20s",
    ]);

    private async Task GiveAsync(AclBinding[] rights)
    {
        await _admin!.CreateAclsAsync(rights);
        await _admin.InForceAsync();
    }

    private async Task Take(AclBinding[] rights, string role, string topic, AclOperation operation)
    {
        await _admin!.DeleteAclsAsync(rights
            .Where(r => r.Entry.Principal == $"User:{role}" && r.Entry.Operation == operation && r.Pattern.Type == ResourceType.Topic
                && r.Pattern.Name == Prefix + topic)
            .Select(r => new AclBindingFilter
            {
                PatternFilter = new ResourcePatternFilter { Type = r.Pattern.Type, Name = r.Pattern.Name, ResourcePatternType = r.Pattern.ResourcePatternType },
                EntryFilter = new AccessControlEntryFilter
                {
                    Principal = r.Entry.Principal, Host = "*", Operation = r.Entry.Operation, PermissionType = AclPermissionType.Allow,
                },
            }));
        await _admin.InForceAsync();
    }

    private static IEnumerable<AclBinding> Bindings(Match row) =>
        row.Groups["operations"].Value.Split(',', StringSplitOptions.TrimEntries).Select(operation => new AclBinding
        {
            Pattern = new ResourcePattern
            {
                // Confluent.Kafka has no name for librdkafka's RD_KAFKA_RESOURCE_TRANSACTIONAL_ID.
                Type = row.Groups["resource"].Value == "transactional id"
                    ? (ResourceType)5 : Enum.Parse<ResourceType>(row.Groups["resource"].Value, ignoreCase: true),
                ResourcePatternType = Enum.Parse<ResourcePatternType>(row.Groups["pattern"].Value, ignoreCase: true),
                Name = Prefix + row.Groups["name"].Value.Replace("WORKER", Worker, StringComparison.Ordinal),
            },
            Entry = new AccessControlEntry
            {
                Principal = $"User:{row.Groups["role"].Value}", Host = "*", Operation = Enum.Parse<AclOperation>(operation),
                PermissionType = AclPermissionType.Allow,
            },
        });

    private static Match[] Rows()
    {
        Match[] rows = Row().Matches(File.ReadAllText(Checkout.Path("docs", "security.md"))).ToArray();
        Assert.NotEmpty(rows);
        return rows;
    }

    [GeneratedRegex(
        @"^\| (?<role>\w+) \| (?<resource>topic|group|cluster|transactional id) \| "
        + @"(?:`(?<name>[^`]*)`|\(empty\)) \| (?<pattern>literal|prefixed) \| (?<operations>[\w, ]+) \|$",
        RegexOptions.Multiline)]
    private static partial Regex Row();
}
