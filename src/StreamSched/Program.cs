using System.CommandLine;
using StreamSched.Commands;

RootCommand root = new("StreamSched: learned scheduling of inference requests on Kafka. Every request goes to the worker, processor and model variant that answers it best.")
{
    DemoCommand.Create(),
    SchedulerCommand.Create(),
    WorkerCommand.Create(),
    TopicsCommand.Create(),
};
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromMinutes(1) }).ConfigureAwait(false);
