using System.CommandLine;
using System.Security.Cryptography;
using StreamSched.Core.Policies;
using StreamSched.Core.Registry;
using StreamSched.Core.Scheduling;
using StreamSched.Hosting;
using StreamSched.Kafka.Settings;
using StreamSched.Schedulers;

namespace StreamSched.Commands;

/// <summary><c>streamsched scheduler</c>: one member of the group that decides.</summary>
internal static class SchedulerCommand
{
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(5);

    /// <summary>The command.</summary>
    public static Command Create()
    {
        Option<string> id = new Option<string>("--id")
        {
            Description = "Its name in records, unlike any other's. Default: the machine's name, the process id and something random.",
        }.OfNames();
        Option<PolicySource> policy = new Option<PolicySource>("--policy")
        {
            Description = "How to choose: " + string.Join("; ", PolicyCatalogue.BuiltIn.Select(p => $"{p.Name}, {p.Summary}"))
                + "; a trained one that comes with the program (policy list), or a policy file.",
            DefaultValueFactory = _ => PolicySource.Find(PolicySource.Default, "--policy"),
        }.ReadAs(PolicySource.Find);
        Option<string> fallback = new Option<string>("--fallback")
        {
            Description = "The policy that steps in when the other fails.", DefaultValueFactory = _ => PolicyNames.EarliestFinish,
        }.OneOf([.. PolicyCatalogue.Rules.Select(p => p.Name)]);
        Option<float> exploration = new Option<float>("--exploration")
        {
            Description = "Share of the requests placed at random among what is worth it, 0..1.", DefaultValueFactory = _ => 0.01f,
        }.Within(0f, 1f);
        Option<double> fullShare = new Option<double>("--full-records")
        {
            Description = "Share of the decisions recorded in full, 0..1.", DefaultValueFactory = _ => 0.01,
        }.Within(0.0, 1.0);
        Option<SettingsFile> settings = new Option<SettingsFile>("--settings")
        {
            Description = "JSON file with links, tasks, users and values; see docs/settings.md.",
        }.ReadAs((path, _) => SettingsFile.Read(path));
        Option<string> site = new Option<string>("--site")
        {
            Description = "The site that work is sent from, if all of it is sent from one; default: the device's.",
        }.OfNames();
        Option<string> schemas = new Option<string>("--schemas") { Description = "Folder of foreign writers' Avro schemas (*.avsc)." }.OfSchemas();
        Option<int> health = new Option<int>("--health-port") { Description = "Port of /health/live and /health/ready; 0: none.", DefaultValueFactory = _ => 0 }
            .Within(0, 65_535);
        Option<ulong> seed = new Option<ulong>("--seed")
        {
            Description = "Seed of every draw; each scheduler draws its own, by its id.", DefaultValueFactory = _ => 1,
        }.Within(0UL, ulong.MaxValue);
        Command command = CommandContext.WithKafka(new Command("scheduler", "Decides for every request which worker, processor and model variant answers it.")
        {
            id, policy, fallback, exploration, fullShare, settings, site, schemas, health, seed,
        });
        return CommandContext.Handle(command, async context =>
        {
            KafkaSettings kafka = context.Kafka();
            SettingsFile file = context.Value(settings) ?? new SettingsFile();
            string name = context.Value(id) ?? DefaultId();

            // Schedulers that explored by the same draws would be one witness, not two.
            ulong draws = RandomStream.For(context.Value(seed), name).State;
            SchedulerRoleSettings host = Settings(
                file, name, context.Value(site),
                context.Value(policy)!.Into(new SchedulerSettings
                {
                    Fallback = context.Value(fallback)!, Exploration = context.Value(exploration), Seed = draws,
                    PolicyVersion = 0, // published ones begin with 1
                }));
            host = host with
            {
                DrainTimeout = DrainTime,
                SchemaFolder = context.Value(schemas),
                Dispatch = host.Dispatch with { FullRecordShare = context.Value(fullShare) },
            };
            if (host.Scheduler.Validate() is { Count: > 0 } errors) throw new UsageException(errors);
            return await RoleHost.Run<SchedulerRole>(context, "scheduler", kafka, host, context.Value(health)).ConfigureAwait(false);
        }, DrainTime);
    }

    /// <summary>An id that no other scheduler has: containers may share a host's name, and their first process is number 1 in each.</summary>
    internal static string DefaultId() => $"{Environment.MachineName}-{Environment.ProcessId}-{RandomNumberGenerator.GetHexString(6)}".ToLowerInvariant();

    /// <summary>A scheduler's settings from a file and what the command line adds.</summary>
    public static SchedulerRoleSettings Settings(SettingsFile file, string id, string? site, SchedulerSettings scheduler)
    {
        // The sender's site gets the same index in every map that is made from the file.
        Core.Cluster.NetworkMap Network()
        {
            Core.Cluster.NetworkMap map = file.Network();
            if (site is not null) map.Add(site);
            return map;
        }

        return new SchedulerRoleSettings
        {
            Network = Network,
            Scheduler = scheduler with
            {
                Value = ValueWeights.Presets[file.Value],
                Prediction = scheduler.Prediction with { SchedulerSite = site is null ? null : Network().SiteIndex(site) },
            },
            Dispatch = new DispatchSettings
            {
                SchedulerId = id,
                TaskDeadlines = file.Tasks.ToDictionary(t => t.Key, t => TimeSpan.FromMilliseconds(t.Value), StringComparer.Ordinal),
                UserFloors = file.Users,
            },
        };
    }
}
