using StreamSched.Commands;
using StreamSched.Hosting;

using Termination termination = new();
return await CommandLine.RunAsync(args, Console.Out, Console.Error, termination.Stop, termination).ConfigureAwait(false);
