using System.Diagnostics;
using System.Text.Json;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using StreamSched.IntegrationTests.Commands;
using StreamSched.Kafka.Topics;
using StreamSched.Tests;

namespace StreamSched.IntegrationTests;

/// <summary>Brokers whose owners do not allow everything: a class that judges new topics, and users with too few rights.</summary>
public sealed class TopicPolicyTests(TopicPolicyTests.JudgedKafka place) : IClassFixture<TopicPolicyTests.JudgedKafka>, IAsyncLifetime
{
    private const string Password = "a-password-of-policy-tests";
    private static readonly string[] Users = ["nobody", "creator", "maker", "alterer"];

    public async ValueTask InitializeAsync() => await place.StartAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static string[] Names => [.. TopicCatalogue.All.Where(contract => !contract.IsFamily).Select(contract => contract.Name)];

    [Fact]
    public async Task C3_Topics_create_on_brokers_that_refuse_some_topics_or_settings_tries_all_and_lists_each_with_its_reason()
    {
        // The class refuses records above 1.1 MB, so whatever carries a whole request with something around it.
        TopicContract[] above = [.. TopicCatalogue.All.Where(contract => !contract.IsFamily && contract.MaxRecordBytes > 1_100_000)];
        string[] large = [.. above.Select(contract => "judged." + contract.Name).Order(StringComparer.Ordinal)];
        Assert.NotEmpty(large);
        Cli create = await RunAsync("judged.", null, "topics", "create", "--json");
        Assert.Equal(1, create.ExitCode);
        Assert.Equal(large, Of(create.Json, "refused", "topic"));
        Assert.All(Of(create.Json, "refused", "reason"),
            reason => Assert.Contains("the owner of these brokers takes no records above 1100000 bytes", reason, StringComparison.Ordinal));
        Assert.Equal(Names.Select(name => "judged." + name).Except(large).Order(StringComparer.Ordinal),
            create.Json.GetProperty("created").EnumerateArray().Select(name => name.GetString()!).Order(StringComparer.Ordinal));

        // Once more, in text; and the limits that it wants to raise are refused one by one too.
        await place.Admin.CreateTopicsAsync(large.Select(name => new TopicSpecification
        {
            Name = name, NumPartitions = 1,
            Configs = new() { ["max.message.bytes"] = "1000000" }
        }));
        await place.Admin.InForceAsync();
        Cli again = await RunAsync("judged.", null, "topics", "create");
        Assert.Equal(1, again.ExitCode);
        foreach (string name in large)
            Assert.Contains(again.Output.Split('\n'),
                line => line.StartsWith($"refused {name}: records up to ", StringComparison.Ordinal) && line.Contains("takes no records above",
                StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", again.Output + again.Error + create.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task C3_Topics_create_with_too_few_rights_tries_all_and_says_which_are_missing()
    {
        Cli none = await RunAsync("poor.", "nobody", "topics", "create");
        Assert.Equal(1, none.ExitCode);
        foreach (string name in Names) Assert.Contains($"refused poor.{name}: ", none.Output, StringComparison.Ordinal);

        // Two may be made.
        await GrantAsync("creator", AclOperation.Create, "poor.requests", "poor.telemetry");
        await GrantAsync("creator", AclOperation.Describe, [.. Names.Select(name => "poor." + name)]);
        Cli some = await RunAsync("poor.", "creator", "topics", "create", "--json");
        Assert.Equal(1, some.ExitCode);
        Assert.Equal(["poor.requests", "poor.telemetry"],
            some.Json.GetProperty("created").EnumerateArray().Select(name => name.GetString()!).Order(StringComparer.Ordinal));
        Assert.Equal(Names.Select(name => "poor." + name).Except(["poor.requests", "poor.telemetry"]).Order(StringComparer.Ordinal),
            Of(some.Json, "refused", "topic"));
        Assert.All(Of(some.Json, "refused", "reason"), reason => Assert.Contains("uthorization", reason, StringComparison.Ordinal));

        // One more may be made and not be seen: it is made, and that it cannot be seen is told.
        await GrantAsync("maker", AclOperation.Create, "poor.results");
        Cli unseen = await RunAsync("poor.", "maker", "topics", "create", "--json");
        Assert.Equal(1, unseen.ExitCode);
        JsonElement made = unseen.Json.GetProperty("refused").EnumerateArray().Single(refusal => refusal.GetProperty("topic").GetString() == "poor.results");
        Assert.StartsWith("was created and is not to be seen within 5 s", made.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal(Names.Length, unseen.Json.GetProperty("refused").GetArrayLength());
        foreach (Cli run in (Cli[])[none, some, unseen])
        {
            Assert.DoesNotContain("   at ", run.Output + run.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("Exception", run.Output + run.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task C3_Topics_create_without_the_right_to_add_partitions_or_to_alter_lists_what_was_refused()
    {
        await place.Admin.CreateTopicsAsync(Names.Select(name => new TopicSpecification
        {
            Name = "half." + name, NumPartitions = 1, Configs = new() { ["max.message.bytes"] = "500000" },
        }));
        await place.Admin.InForceAsync();
        await GrantAsync("alterer", AclOperation.Describe, [.. Names.Select(name => "half." + name)]);
        await GrantAsync("alterer", AclOperation.DescribeConfigs, [.. Names.Select(name => "half." + name)]);
        await GrantAsync("alterer", AclOperation.Alter, "half.results"); // partitions of this one alone, and no limit of any
        Cli run = await RunAsync("half.", "alterer", "topics", "create", "--json");
        Assert.Equal(1, run.ExitCode);
        string[] raised = Of(run.Json, "raised", "topic"), refused = Of(run.Json, "refused", "topic");
        Assert.Contains("half.results", raised);
        Assert.Contains("half.requests", refused);
        Assert.Contains("half.decisions", refused);
        Assert.DoesNotContain("Exception", run.Output + run.Error, StringComparison.Ordinal);
        Cli check = await RunAsync("half.", "nobody", "topics", "check");
        Assert.Equal(1, check.ExitCode);
        Assert.DoesNotContain("   at ", check.Output + check.Error, StringComparison.Ordinal);
    }

    private Task<Cli> RunAsync(string prefix, string? user, params string[] arguments) => Cli.RunAsync(CancellationToken.None,
    [
        .. arguments, "--prefix", prefix, "--log-level", "Error", "--bootstrap",
            user is null ? place.Kafka.BootstrapServers : place.Kafka.SecureBootstrapServers,
        "--kafka", "partitions=2", user == "maker" ? "connect-timeout=5s" : "connect-timeout=20s", // the maker waits for as long
        .. user is null ? Array.Empty<string>() : ["security-protocol=SASL_SSL", "sasl-mechanism=SCRAM-SHA-512", $"sasl-username={user}",
            $"sasl-password={Password}", $"ssl-ca={place.Kafka.CaFile}"],
    ]);

    private async Task GrantAsync(string user, AclOperation operation, params string[] topics)
    {
        await place.Admin.CreateAclsAsync(topics.Select(topic => new AclBinding
        {
            Pattern = new ResourcePattern { Type = ResourceType.Topic, ResourcePatternType = ResourcePatternType.Literal, Name = topic },
            Entry = new AccessControlEntry { Principal = $"User:{user}", Host = "*", Operation = operation, PermissionType = AclPermissionType.Allow },
        }));
        await place.Admin.InForceAsync();
    }

    private static string[] Of(JsonElement json, string list, string property) =>
        [.. json.GetProperty(list).EnumerateArray().Select(item => item.GetProperty(property).GetString()!).Order(StringComparer.Ordinal)];

    /// <summary>A broker with such a class, on which nobody but its owner has a right.</summary>
    public sealed class JudgedKafka : IAsyncDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("streamsched-topic-policy-").FullName;
        private readonly Lazy<Task> _started;
        private RealKafka? _kafka;
        private IAdminClient? _admin;

        public JudgedKafka() => _started = new Lazy<Task>(BeginAsync);

        public RealKafka Kafka => _kafka!;

        public IAdminClient Admin => _admin!;

        /// <summary>Waits until it runs; skips the test where there is no Kafka.</summary>
        public Task StartAsync()
        {
            Components.Require("kafka");
            return _started.Value;
        }

        private async Task BeginAsync()
        {
            string source = Checkout.Path("tests", "StreamSched.IntegrationTests", "Kafka", "NoLargeRecords.java"),
                libraries = Path.Combine(Components.Require("kafka"), "libs", "*");
            using (Process compile = Process.Start(new ProcessStartInfo("javac", ["-cp", libraries, "-d", _folder, source]) { RedirectStandardError = true })!)
            {
                string error = await compile.StandardError.ReadToEndAsync();
                await compile.WaitForExitAsync();
                Assert.True(compile.ExitCode == 0, error);
            }

            _kafka = await RealKafka.StartAsync(
                authorizer: true, classes: _folder,
                settings: """
                    create.topic.policy.class.name=NoLargeRecords
                    alter.config.policy.class.name=NoLargeRecords$Alter
                    allow.everyone.if.no.acl.found=false
                    """);
            _admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = _kafka.BootstrapServers }).SetLogHandler((_, _) => { }).Build();
            await _admin.AlterUserScramCredentialsAsync(Users.Select(user => (UserScramCredentialAlteration)new UserScramCredentialUpsertion
            {
                User = user, Password = System.Text.Encoding.UTF8.GetBytes(Password),
                ScramCredentialInfo = new ScramCredentialInfo { Mechanism = ScramMechanism.ScramSha512, Iterations = 4096 },
            }));
            await _admin.InForceAsync();
        }

        public async ValueTask DisposeAsync()
        {
            _admin?.Dispose();
            if (_kafka is not null) await _kafka.DisposeAsync();
            Directory.Delete(_folder, recursive: true);
        }
    }
}
