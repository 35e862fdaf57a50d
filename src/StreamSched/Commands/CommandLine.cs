using System.CommandLine;

namespace StreamSched.Commands;

/// <summary>The whole command line.</summary>
internal static class CommandLine
{
    /// <summary>All commands.</summary>
    public static RootCommand Create() =>
        new("StreamSched: learned scheduling of inference requests on Kafka. Every request goes to the worker, processor and model variant that answers it best.")
        {
            DemoCommand.Create(),
            SchedulerCommand.Create(),
            WorkerCommand.Create(),
            DeviceCommand.Create(),
            SendCommand.Create(),
            StatusCommand.Create(),
            TailCommand.Create(),
            PolicyCommand.Create(),
            TopicsCommand.Create(),
            DeadLettersCommand.Create(),
            ProfileCommand.Create(),
            BenchCommand.Create(),
            SimulateCommand.Create(),
            TrainCommand.Create(),
            ExperimentCommand.Create(),
        };
}
