using System.CommandLine;
using StreamSched.Hosting;

namespace StreamSched.Commands;

/// <summary>The whole command line.</summary>
internal static class CommandLine
{
    /// <summary>All commands.</summary>
    public static RootCommand Create() =>
        new("StreamSched: learned scheduling of inference requests on Kafka. Every request goes to the worker, "
            + "processor and model variant that answers it best.")
        {
            DemoCommand.Create(),
            SchedulerCommand.Create(), LearnerCommand.Create(),
            WorkerCommand.Create(),
            DeviceCommand.Create(),
            SendCommand.Create(),
            StatusCommand.Create(),
            TailCommand.Create(), ReplayCommand.Create(), ExportCommand.Create(), EvaluateCommand.Create(), TwinCommand.Create(),
            PolicyCommand.Create(),
            TopicsCommand.Create(),
            DeadLettersCommand.Create(),
            ProfileCommand.Create(),
            BenchCommand.Create(),
            SimulateCommand.Create(),
            TrainCommand.Create(),
            ExperimentCommand.Create(),
        };

    /// <summary>Runs one command line.</summary>
    /// <param name="arguments">As the shell gives them.</param>
    /// <param name="output">Standard output.</param>
    /// <param name="error">Standard error.</param>
    /// <param name="stop">Ends the command, as Ctrl-C and SIGTERM do.</param>
    /// <param name="termination">Ends the process when the command does not end in time; null: nobody does.</param>
    /// <returns>The exit code.</returns>
    public static Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter error, CancellationToken stop, Termination? termination = null) =>
        RunAsync(Create, arguments, output, error, stop, termination);

    /// <summary>The same with commands that are there already.</summary>
    internal static async Task<int> RunAsync(
        Func<RootCommand> commands, string[] arguments, TextWriter output, TextWriter error, CancellationToken stop, Termination? termination = null)
    {
        PlainWriter plainOutput = new(output), plainError = new(error, isForMessages: true);
        try
        {
            // A value that begins with @ is a value.
            ParseResult parse = commands().Parse(WithEmptyValues(arguments), new ParserConfiguration { ResponseFileTokenReplacer = null });
            KafkaReading? kafka = CommandContext.ReadKafka(parse);
            string[] faults =
            [
                .. JsonFileMeant(parse, arguments), .. parse.Errors.Select(e => e.Message.TrimEnd('.')), .. kafka?.Faults ?? [],
                .. CommandContext.LogFaults(parse),
            ];
            if (faults.Length > 0 && !IsAskedForHelp(parse))
            {
                // All of them at once; each once, since one wrong value may be several errors to the parser.
                foreach (string message in faults.Distinct()) plainError.WriteLine("streamsched: " + Printable.Message(message));
                return ExitCodes.Usage;
            }

            return await parse.InvokeAsync(
                new ProgramConfiguration(termination, kafka)
                {
                    Output = plainOutput, Error = plainError, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null, // signals are ours
                },
                stop).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            return Unexpected.Tell(exception, plainError);
        }
    }

    // The parser drops the empty value of --id= and takes what comes next instead, so that --user=$UNSET --feedback would be a user called --feedback.
    private static string[] WithEmptyValues(string[] arguments) =>
        [.. arguments.SelectMany(a => a.StartsWith("--", StringComparison.Ordinal) && a.IndexOf('=', StringComparison.Ordinal) == a.Length - 1
            ? (string[])[a[..^1], ""] : [a])];

    // --json took a file in some commands once.
    private static string[] JsonFileMeant(ParseResult parse, string[] arguments)
    {
        if (parse.UnmatchedTokens is not [var file, ..] || !parse.CommandResult.Command.Options.Any(option => option.Name == "--json-file")) return [];
        bool meant = arguments.Contains("--json=" + file) || (Array.IndexOf(arguments, file) is > 0 and var at && arguments[at - 1] == "--json");
        return meant ? ["--json takes no file: it writes to standard output, and --json-file writes to a file"] : [];
    }

    // --help and --version beside wrong options are answered all the same.
    private static bool IsAskedForHelp(ParseResult parse) => parse.Action is System.CommandLine.Help.HelpAction;
}
