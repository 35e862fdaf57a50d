using System.CommandLine;
using StreamSched.Core.Serving;
using StreamSched.Hosting;
using StreamSched.Onnx.Processors;
using StreamSched.Workers;

namespace StreamSched.Commands;

/// <summary><c>streamsched worker</c>: answers with the ONNX models of a folder.</summary>
internal static class WorkerCommand
{
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(10);

    /// <summary>The command.</summary>
    public static Command Create()
    {
        Option<string> id = new Option<string>("--id") { Description = "Its id, 1 to 64 of a-z, 0-9 and '-'; its topic is work.<id>." }
            .Checked(WorkerOperations.CheckId);
        Option<string> site = new Option<string>("--site")
        {
            Description = "Where it stands; links between sites are in the scheduler's settings.", DefaultValueFactory = _ => "",
        }.OfNames(mayBeEmpty: true);
        Option<string> models = new("--models") { Description = "Folder of NAME.onnx with NAME.json beside each. Default: the one that is shipped." };
        Option<string[]> variants = new Option<string[]>("--variants")
        {
            Description = "Only these models of the folder.", AllowMultipleArgumentsPerToken = true,
        }.OfNames();
        Option<string> deviceClass = new Option<string>("--class")
        {
            Description = "Machines of one class are alike: they share interference matrices, and what schedulers learn of a network. "
                + "Default: by processor, cores, provider and what is emulated.",
            DefaultValueFactory = _ => "",
        }.OfNames(mayBeEmpty: true);
        Option<int> threads = new Option<int>("--threads") { Description = "Threads within one run.", DefaultValueFactory = _ => 1 }.Within(1, 1024);
        Option<int> slots = new Option<int>("--slots") { Description = "How many batches run at the same time.", DefaultValueFactory = _ => 1 }.Within(1, 64);
        Option<string> provider = new Option<string>("--provider") { Description = "ONNX Runtime's execution provider.", DefaultValueFactory = _ => "cpu" }
            .OfProviders();
        Option<double> slowdown = new Option<double>("--slowdown")
        {
            Description = "Emulates a device this many times slower; shown as emulated.", DefaultValueFactory = _ => 1,
        }.Within(1.0, 10_000.0);
        Option<string> noise = NoiseOption.Create("Scatters the times of the emulated device (needs --slowdown); shown as emulated.");
        Option<double?> idleWatts = new Option<double?>("--idle-watts") { Description = "Power while nothing runs, for modelled energy." }.Within(0.0, 1e6);
        Option<double?> activeWatts = new Option<double?>("--active-watts") { Description = "Power while all slots run, for modelled energy." }
            .Within(0.0, 1e6);
        Option<double> tariff = new Option<double>("--tariff") { Description = "Price of an hour of the processor.", DefaultValueFactory = _ => 0 }
            .Within(0.0, 1e9);
        Option<int> telemetry = new Option<int>("--telemetry-ms") { Description = "How often telemetry is sent.", DefaultValueFactory = _ => 250 }
            .Within(10, 60_000);
        Option<string> loadLimit = new Option<string>("--load-limit")
        {
            Description = "How long reading, loading and measuring one model may take.", DefaultValueFactory = _ => "60s",
        }.OfDurations(TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(1));
        Option<string> runLimit = new Option<string>("--run-limit")
        {
            Description = "How long a batch may run before it is ended and its requests fail; a slow model has ten times what was measured.",
            DefaultValueFactory = _ => "5s",
        }.OfDurations(TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(1));
        Option<string> schemas = new Option<string>("--schemas") { Description = "Folder of foreign writers' Avro schemas (*.avsc)." }.OfSchemas();
        Option<int> health = new Option<int>("--health-port") { Description = "Port of /health/live and /health/ready; 0: none.", DefaultValueFactory = _ => 0 }
            .Within(0, 65_535);
        Command command = CommandContext.WithKafka(new Command("worker", "Measures the models of a folder, registers, and answers what is routed to it.")
        {
            id, site, models, variants, deviceClass, threads, slots, provider, slowdown, noise, idleWatts, activeWatts, tariff, telemetry, loadLimit,
            runLimit, schemas, health,
        });
        foreach (Command operation in WorkerOperations.All) command.Subcommands.Add(operation);
        return CommandContext.Handle(command, async context =>
        {
            double? idle = context.Value(idleWatts), active = context.Value(activeWatts);
            if (context.Value(id) is not { } name) throw new UsageException("give the worker an --id");
            if (idle is null != active is null) throw new UsageException("--idle-watts and --active-watts go together");
            ServiceNoise scatter = NoiseOption.Read(context.Value(noise));
            if (!scatter.IsNone && context.Value(slowdown) <= 1)
                throw new UsageException("--noise is of an emulated device, since emulation never makes a batch shorter: give --slowdown above 1 too");
            WorkerSettings settings = new()
            {
                Id = name, Site = context.Value(site)!, Models = ShippedModels.Or(context.Value(models)), Variants = context.Value(variants) ?? [],
                DeviceClass = context.Value(deviceClass)!, TariffPerHour = context.Value(tariff), Slowdown = context.Value(slowdown), Noise = scatter,
                TelemetryPeriod = TimeSpan.FromMilliseconds(context.Value(telemetry)), SchemaFolder = context.Value(schemas), DrainTimeout = DrainTime,
                LoadLimit = Duration.Parse(context.Value(loadLimit)!, "--load-limit"),
                Processor = new ProcessorSettings
                {
                    RunLimit = Duration.Parse(context.Value(runLimit)!, "--run-limit"),
                    Provider = context.Value(provider)!, Threads = context.Value(threads), Slots = context.Value(slots),
                    Power = idle is null ? null : new PowerSettings(idle.Value, active!.Value),
                },
            };
            return await RoleHost.Run<WorkerRole>(context, "worker", context.Kafka(), settings, context.Value(health)).ConfigureAwait(false);
        }, DrainTime);
    }
}
