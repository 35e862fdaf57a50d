using System.CommandLine;
using StreamSched.Core.Policies;
using StreamSched.Core.Registry;
using StreamSched.Hosting;
using StreamSched.Learners;
using StreamSched.Learning.Online;
using StreamSched.Learning.Rollouts;
using StreamSched.Reports;
using StreamSched.Simulation.Live;

namespace StreamSched.Commands;

/// <summary><c>streamsched learner</c>: joins decisions with what came of them.</summary>
internal static class LearnerCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        Option<string> id = new Option<string>("--id")
        {
            Description = "Its name in measurements. Default: the machine's name, the process id and something random.",
        }.OfNames();
        Option<SettingsFile> settings = new Option<SettingsFile>("--settings")
        {
            Description = "JSON file with values, as schedulers have it; see docs/settings.md.",
        }.ReadAs((path, _) => SettingsFile.Read(path));
        Option<int> kept = new Option<int>("--kept-mb")
        {
            Description = "MB of joined records that feedback can still correct; ten minutes of them at most.", DefaultValueFactory = _ => 256,
        }.Within(1, 2000);
        Option<PolicySource> policy = new Option<PolicySource>("--policy", "-p")
        {
            Description = "The policy that learns where none is published: what the schedulers were started with. "
                + $"{string.Join(", ", OnlineLearners.Names)} learn; of others only accuracies are learned.",
            DefaultValueFactory = _ => PolicySource.Find(PolicySource.Default, "--policy"),
        }.ReadAs(PolicySource.Find);
        Option<double> baseline = new Option<double>("--baseline-share")
        {
            Description = "Share of the windows that are served as if nothing had been learned, so that they show what learning is worth; at 0.5 nothing is "
                + "proposed.",
            DefaultValueFactory = _ => 0,
        }.Within(0.0, 0.5);
        Option<bool> watch = new("--watch") { Description = "Joins and learns accuracies, and proposes nothing." };
        Option<string> schemas = new Option<string>("--schemas") { Description = "Folder of foreign writers' Avro schemas (*.avsc)." }.OfSchemas();
        Option<int> health = new Option<int>("--health-port") { Description = "Port of /health/live and /health/ready; 0: none.", DefaultValueFactory = _ => 0 }
            .Within(0, 65_535);
        Command command = CommandContext.WithKafka(
            new Command(
                "learner",
                "Joins decisions with results and feedback into experience, each exactly once, and learns from it: accuracies from labels, and networks, which "
                + "serve after a trial. There is one per installation.")
            {
                id, settings, policy, watch, baseline, kept, schemas, health,
            });
        return CommandContext.Handle(command, context =>
        {
            PolicySource source = context.Value(policy)!;
            LoadedPolicy? file = source.File;
            bool trains = file is { File: not null } && file.Metadata.Name == PolicyNames.Neural && ShippedScenarios.Folder is not null;
            return RoleHost.Run<LearnerRole>(
                context, LearnerRole.Name, context.Kafka(),
                new LearnerRoleSettings
                {
                    Id = context.Value(id) ?? SchedulerCommand.DefaultId(),
                    Value = ValueWeights.Presets[(context.Value(settings) ?? new SettingsFile()).Value], Policy = file,
                    BuiltIn = file is null && OnlineLearners.Names.Contains(source.Name) ? source.Name : null,
                    Simulated = trains ? Task.Run(() => SimulatedOutcomes.Collect(file!, ShippedScenarios.TrainedIn(file!), 1, context.Stop)) : null,
                    Learning = new LiveLearnerSettings
                    {
                        Proposes = !context.Value(watch), Rollout = new RolloutSettings { BaselineShare = context.Value(baseline) },
                    },
                    KeptBytes = context.Value(kept) * 1_000_000, SchemaFolder = context.Value(schemas),
                },
                context.Value(health));
        });
    }
}
