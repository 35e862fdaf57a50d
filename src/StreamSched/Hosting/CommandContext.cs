using System.Collections;
using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using OpenTelemetry;
using Spectre.Console;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Kafka.Settings;
using StreamSched.Onnx;

namespace StreamSched.Hosting;

/// <summary>
/// What every command shares: options for Kafka and logging, the clock, where output goes, and how failures become messages and exit codes.
/// </summary>
internal sealed class CommandContext : IDisposable
{
    private static readonly Option<string> BootstrapOption = new("--bootstrap", "-b")
    {
        Description = "Brokers as HOST:PORT,HOST:PORT. Default: STREAMSCHED_KAFKA_BOOTSTRAP, else localhost:9092.",
    };

    private static readonly Option<string> PrefixOption = new("--prefix") { Description = "What stands before every topic and group. Default: streamsched." };

    private static readonly Option<string[]> KafkaOption = new("--kafka")
    {
        Description = "Another Kafka setting as NAME=VALUE, repeatable: " + string.Join(", ", KafkaSettingsReader.Names.Select(n => n.Name))
            + ", or librdkafka.PROPERTY. Each is also a variable STREAMSCHED_KAFKA_NAME; passwords are better given there.",
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<LogLevels> LogLevelOption = new Option<LogLevels>("--log-level")
    {
        Description = "Trace, Debug, Information, Warning, Error, Critical or None, and for a category of its own ,CATEGORY=LEVEL; "
            + "the log goes to standard error. Default: Information.",
    }.ReadAs(LogLevels.Parse);

    private static readonly Option<bool> JsonOption = new("--json") { Description = "Machine-readable: JSON on standard output, and nothing else there." };

    private static readonly Option<string?> JsonFileOption = new("--json-file")
    {
        Description = "Writes the JSON to this file, whatever goes to standard output.",
    };

    private static readonly JsonSerializerOptions Compact = new(JsonSerializerDefaults.Web)
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private static readonly JsonSerializerOptions Indented = new(Compact) { WriteIndented = true };

    private readonly CancellationTokenSource _unread;
    private bool _watched;

    private CommandContext(ParseResult parse, CancellationToken stop)
    {
        _unread = CancellationTokenSource.CreateLinkedTokenSource(stop);
        (Parse, Stop) = (parse, _unread.Token);
        Loggers = LoggerFactory.Create(builder =>
        {
            (parse.GetValue(LogLevelOption) ?? new LogLevels()).AddTo(builder);
            builder.Services.AddSingleton<ConsoleFormatter>(new LogLineFormatter(Time, Terminal.HasColour(Terminal.IsErrorTerminal)));
            builder.Services.Configure<ConsoleLoggerOptions>(o =>
            {
                o.FormatterName = LogLineFormatter.Id;
                o.LogToStandardErrorThreshold = LogLevel.Trace;
                o.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite; // who does not read the log holds nobody up
            });
            builder.Services.AddSingleton<ConsoleLoggerProvider>();
            builder.Services.AddSingleton<ILoggerProvider>(services => new LimitedLoggerProvider(services.GetRequiredService<ConsoleLoggerProvider>(), Time));
        });
    }

    /// <summary>The command line.</summary>
    public ParseResult Parse { get; }

    /// <summary>Cancelled by Ctrl-C and SIGTERM, and when nobody reads any more what the command writes.</summary>
    public CancellationToken Stop { get; }

    /// <summary>The log; every type writes under its own category.</summary>
    public ILoggerFactory Loggers { get; }

    /// <summary>The command as it can be given again to a shell, but for what may be secret in Kafka's settings.</summary>
    public string CommandLine => "streamsched " + string.Join(' ', Parse.Tokens.Select(t => KafkaSettingsReader.Shown(t.Value)).Select(text =>
        text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || "-_./:,=+@%".Contains(c))
            ? text : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'"));

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; } = TimeProvider.System;

    /// <summary>Whether the command line names a log level.</summary>
    public bool HasLogLevel => Parse.GetValue(LogLevelOption) is not null;

    /// <summary>Where results go.</summary>
    public TextWriter Out
    {
        get
        {
            if (!_watched && IsStandardOutput) OutputPipe.Watch(_unread.Cancel);
            _watched = true;
            return Parse.InvocationConfiguration.Output;
        }
    }

    private bool IsStandardOutput => Parse.InvocationConfiguration.Output is PlainWriter plain && ReferenceEquals(plain.Inner, System.Console.Out);

    private bool IsStandardError => Parse.InvocationConfiguration.Error is PlainWriter plain && ReferenceEquals(plain.Inner, System.Console.Error);

    /// <summary>Where messages go.</summary>
    public TextWriter Error => Parse.InvocationConfiguration.Error;

    /// <summary>Whether output is for programs.</summary>
    public bool IsJson => Parse.GetValue(JsonOption);

    /// <summary>Where tables go: <see cref="Out"/>, as wide as tables need where that is no terminal.</summary>
    public IAnsiConsole Console => ConsoleOn(Out, IsStandardOutput && Terminal.IsOutputTerminal, 200);

    /// <summary>Where tables go if standard output is for something else.</summary>
    public IAnsiConsole ErrorConsole => ConsoleOn(Parse.InvocationConfiguration.Error, IsStandardError && Terminal.IsErrorTerminal, 200);

    /// <summary>Tells on standard error how something long goes on; ends with the returned value.</summary>
    public ProgressLine Progress() => new(
        Inner(Parse.InvocationConfiguration.Error), Terminal.HasCursor(IsStandardError && Terminal.IsErrorTerminal), Time);

    /// <summary>Adds <c>--json</c> to a command.</summary>
    /// <param name="command">The command.</param>
    public static Command WithJson(Command command)
    {
        command.Options.Add(JsonOption);
        return command;
    }

    /// <summary>Adds <c>--json</c> and <c>--json-file</c> to a command whose report is worth keeping.</summary>
    /// <param name="command">The command.</param>
    public static Command WithJsonFile(Command command)
    {
        command.Options.Add(JsonFileOption);
        return WithJson(command);
    }

    /// <summary>The file for the JSON; null: none is asked for.</summary>
    public OutputFile? JsonFile => OutputFile.Named(Parse.GetValue(JsonFileOption), "--json-file");

    /// <summary>Writes a report: JSON to standard output or tables, and JSON to the file for it.</summary>
    /// <typeparam name="T">The report's type.</typeparam>
    /// <param name="report">The report.</param>
    /// <param name="tables">Writes what people read to <see cref="Out"/>.</param>
    /// <exception cref="IOException">The file could not be written; the message says where the JSON is instead.</exception>
    public void WriteReport<T>(T report, Action tables)
    {
        if (IsJson) WriteJson(report);
        else tables();
        if (JsonFile?.Write(to => to.WriteLine(JsonSerializer.Serialize(report, Indented))) is { } problem) throw new IOException(problem);
    }

    /// <summary>Writes a value as JSON to <see cref="Out"/>.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="value">The value.</param>
    /// <param name="line">On one line, for streams of values.</param>
    public void WriteJson<T>(T value, bool line = false) => Out.WriteLine(JsonSerializer.Serialize(value, line ? Compact : Indented));

    /// <summary>Adds the options that concern Kafka to a command.</summary>
    /// <param name="command">The command.</param>
    public static Command WithKafka(Command command)
    {
        command.Options.Add(BootstrapOption);
        command.Options.Add(PrefixOption);
        command.Options.Add(KafkaOption);
        return WithLog(command);
    }

    /// <summary>
    /// Reads the Kafka settings of a command line and of the environment; null: the command has none. The parser would look at no option any more once the
    /// command itself has an error.
    /// </summary>
    /// <param name="parse">The command line.</param>
    public static KafkaReading? ReadKafka(ParseResult parse)
    {
        if (!parse.CommandResult.Command.Options.Contains(KafkaOption)) return null;
        List<string> faults = [], ignored = [];
        Dictionary<string, string> options = new(StringComparer.Ordinal), environment = new(StringComparer.Ordinal);
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables()) environment[(string)variable.Key] = (string?)variable.Value ?? "";
        foreach (string pair in Tokens(KafkaOption))
        {
            int at = pair.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0) faults.Add($"--kafka: '{pair}' is not NAME=VALUE");
            else options[pair[..at]] = pair[(at + 1)..];
        }

        if (Tokens(PrefixOption).LastOrDefault() is { } prefix) options["prefix"] = prefix;
        if (Tokens(BootstrapOption).LastOrDefault() is { } bootstrap) options["bootstrap"] = bootstrap;
        else if (!options.ContainsKey("bootstrap")
            && string.IsNullOrWhiteSpace(environment.GetValueOrDefault(KafkaSettingsReader.EnvironmentPrefix + "BOOTSTRAP")))
            options["bootstrap"] = "localhost:9092";
        try
        {
            return new KafkaReading(KafkaSettingsReader.Read(options, environment, ignored.Add), faults, ignored);
        }
        catch (KafkaSettingsException exception)
        {
            return new KafkaReading(null, [.. faults, .. exception.Problems], ignored);
        }

        // Asking for the value of an option that is wrong in itself throws.
        IEnumerable<string> Tokens(Option option) => parse.GetResult(option)?.Tokens.Select(t => t.Value) ?? [];
    }

    /// <summary>Adds the options that concern the log to a command.</summary>
    /// <param name="command">The command.</param>
    public static Command WithLog(Command command)
    {
        command.Options.Add(LogLevelOption);
        return command;
    }

    /// <summary>What is wrong with the variables of the environment that concern the log, if the command has one.</summary>
    /// <param name="parse">The command line.</param>
    public static IReadOnlyList<string> LogFaults(ParseResult parse) => parse.CommandResult.Command.Options.Contains(LogLevelOption) ? LogLevels.Faults() : [];

    /// <summary>Makes a command do something, with failures as messages and exit codes.</summary>
    /// <param name="command">The command.</param>
    /// <param name="action">What it does; gives the exit code.</param>
    /// <param name="drain">How long it may wait for what is under way when it is asked to end; <see cref="Termination"/> ends it soon after.</param>
    public static Command Handle(Command command, Func<CommandContext, Task<int>> action, TimeSpan drain = default)
    {
        command.SetAction(async (parse, stop) =>
        {
            if (parse.InvocationConfiguration is ProgramConfiguration { Termination: { } termination }) termination.DrainTime = drain;
            using CommandContext context = new(parse, stop);
            return await context.Guard(action).ConfigureAwait(false);
        });
        return command;
    }

    /// <summary>Exports metrics and spans while it is not disposed of, if the environment asks for it; null: it does not.</summary>
    /// <param name="role">What the process is: the end of its service's name.</param>
    public OpenTelemetrySdk? ExportTelemetry(string role) => TelemetryOf(role) is { IsWanted: true } export ? OpenTelemetrySdk.Create(export.Configure) : null;

    /// <summary>Exports metrics and spans while the host lives, if the environment asks for it.</summary>
    /// <param name="host">The host.</param>
    /// <param name="role">What the process is: the end of its service's name.</param>
    public void ExportTelemetry(IHostApplicationBuilder host, string role)
    {
        if (TelemetryOf(role) is not { IsWanted: true } export) return;

        // With a host the package asks the host's configuration, and not the environment.
        host.Configuration.AddInMemoryCollection(Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Select(v => KeyValuePair.Create((string)v.Key, (string?)v.Value)).Where(v => v.Key.StartsWith("OTEL_", StringComparison.Ordinal))
            .DistinctBy(v => v.Key, StringComparer.OrdinalIgnoreCase));
        export.Configure(host.Services.AddOpenTelemetry());
    }

    /// <summary>The value of an option.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="option">The option.</param>
    public T? Value<T>(Option<T> option) => Parse.GetValue(option);

    /// <summary>The value of an argument.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="argument">The argument.</param>
    public T? Value<T>(Argument<T> argument) => Parse.GetValue(argument);

    /// <summary>The settings of Kafka from options and environment.</summary>
    /// <exception cref="KafkaSettingsException">No client can be made of them.</exception>
    public KafkaSettings Kafka()
    {
        KafkaReading read = ((ProgramConfiguration)Parse.InvocationConfiguration).Kafka!;
        foreach (string line in read.Ignored) HostingLog.VariableIgnored(Loggers.CreateLogger<KafkaSettings>(), line);
        return read.Settings!.WithUsableClients();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Loggers.Dispose();
        // _unread is left to the garbage collector: the thread that watches the pipe may cancel it at any time.
    }

    private OpenTelemetryExport TelemetryOf(string role)
    {
        ILogger logger = Loggers.CreateLogger<OpenTelemetryExport>();
        foreach (string problem in OpenTelemetryExport.Problems(Environment.GetEnvironmentVariable)) HostingLog.VariableIgnored(logger, problem);
        return new OpenTelemetryExport(role, Time, Environment.GetEnvironmentVariable);
    }

    private static TextWriter Inner(TextWriter writer) => writer is PlainWriter plain ? plain.Inner : writer;

    private static IAnsiConsole ConsoleOn(TextWriter writer, bool terminal, int width)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(Inner(writer)), Ansi = Terminal.HasCursor(terminal) ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = Terminal.HasColour(terminal) ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = Terminal.HasCursor(terminal) ? InteractionSupport.Detect : InteractionSupport.No,
        });
        console.Pipeline.Attach(new PlainSegments());
        if (!terminal) console.Profile.Width = width;
        return console;
    }

    private async Task<int> Guard(Func<CommandContext, Task<int>> action)
    {
        try
        {
            return await action(this).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (Stop.IsCancellationRequested)
        {
            return ExitCodes.Ok; // asked to end, and ended
        }
        catch (UsageException exception)
        {
            return Say(ExitCodes.Usage, exception.Lines);
        }
        catch (KafkaSettingsException exception)
        {
            return Say(ExitCodes.Usage, exception.Problems.Prepend("the Kafka settings cannot be used:"));
        }
        catch (RoleException exception)
        {
            return Say(ExitCodes.Failure, exception.Problems.Prepend(exception.Message));
        }
        catch (Exception exception) when (exception is KafkaFailureException or ModelException or IOException or UnauthorizedAccessException)
        {
            return Say(ExitCodes.Failure, [exception.Message]);
        }
        catch (Exception exception)
        {
            Loggers.Dispose();
            return Unexpected.Tell(exception, Parse.InvocationConfiguration.Error);
        }
    }

    private int Say(int code, IEnumerable<string> lines)
    {
        Loggers.Dispose(); // writes out what the log still holds, so that this is the last line
        string before = "streamsched: ";
        foreach (string line in lines)
        {
            Parse.InvocationConfiguration.Error.WriteLine(before + Printable.Message(line));
            before = "  ";
        }

        return code;
    }
}
