using System.CommandLine;
using StreamSched.Analysis.Replays;
using StreamSched.Avro.Records;
using StreamSched.Hosting;

namespace StreamSched.Logs;

/// <summary>What commands over a log have in common: which part of it, from the topics or from files.</summary>
/// <param name="ofTopics">Whether only of the topics, by time.</param>
internal sealed class LogOptions(bool ofTopics = false)
{
    private readonly Argument<string[]> _files = new Argument<string[]>("FILE")
    {
        Description = "Avro container files that streamsched export has written; without any the topics of the cluster are read.",
        Arity = ArgumentArity.ZeroOrMore,
    }.Checked(Existing);

    private readonly Option<string> _from = new Option<string>("--from")
    {
        Description = "Where in the topics to begin: earliest, an offset, an instant (UTC), or so long ago: 30m, 2h, 1d.",
        DefaultValueFactory = _ => "earliest",
    }.Checked((text, _) => LogRange.ParseFrom(text));

    private readonly Option<string> _to = new Option<string>("--to")
    {
        Description = "Where to end, in the same forms; now: where the topics ended when reading began.", DefaultValueFactory = _ => "now",
    }.Checked((text, _) => LogRange.ParseTo(text));

    private readonly Option<int?> _partition = new Option<int?>("--partition") { Description = "Only this partition." }.Within(0, int.MaxValue);

    private readonly Option<string[]> _policies = new Option<string[]>("--policies")
    {
        Description = "More policies that may have decided: policy files, or versions that streamsched export has written (.avro).",
        AllowMultipleArgumentsPerToken = true,
    }.Checked(Existing);

    /// <summary>Requires a file that is there.</summary>
    /// <param name="file">Its path.</param>
    /// <param name="name">The option or argument.</param>
    /// <exception cref="UsageException">It is not.</exception>
    private static void Existing(string file, string name)
    {
        if (!File.Exists(file)) throw new UsageException($"{name}: there is no file '{file}'");
    }

    /// <summary>Adds them to a command.</summary>
    /// <param name="command">The command.</param>
    public Command AddTo(Command command)
    {
        if (!ofTopics) command.Arguments.Add(_files);
        command.Options.Add(_from);
        command.Options.Add(_to);
        if (!ofTopics) command.Options.Add(_partition);
        command.Options.Add(_policies);
        return CommandContext.WithKafka(command);
    }

    /// <summary>The policies that may have taken the decisions of a log.</summary>
    /// <param name="context">The command's context.</param>
    /// <param name="published">The versions that are published where the log is.</param>
    /// <exception cref="UsageException">A file cannot be used.</exception>
    public PolicyShelf Shelf(CommandContext context, IReadOnlyCollection<PolicySnapshot> published) =>
        PolicyShelves.Of(published, context.Value(_policies) ?? []);

    /// <summary>The file among those that a user named which holds a policy; null: none of them.</summary>
    /// <param name="context">The command's context.</param>
    /// <param name="digest">First bytes of the policy's digest.</param>
    public string? FileOf(CommandContext context, byte[] digest) => (context.Value(_policies) ?? [])
        .FirstOrDefault(file => Path.GetExtension(file) != ".avro" && PolicySource.Load(file, "--policies").File!.Digest.Span.StartsWith(digest));

    /// <summary>Whether a command line names files.</summary>
    /// <param name="context">The command's context.</param>
    public bool HasFiles(CommandContext context) => context.Value(_files) is { Length: > 0 };

    /// <summary>Which part of which log a command line names, in words.</summary>
    /// <param name="context">The command's context.</param>
    public string Wanted(CommandContext context) => context.Value(_files) is { Length: > 0 } files ? string.Join(", ", files)
        : $"{context.Value(_from)} to {context.Value(_to)}{(context.Value(_partition) is { } p ? $", partition {p}" : "")}";

    /// <summary>The log that a command line names.</summary>
    /// <param name="context">The command's context.</param>
    public RecordedLog Open(CommandContext context) => new(context, context.Value(_files) ?? [], Range(context), context.Value(_partition));

    /// <summary>Which part of the topics a command line names, where several of them are read.</summary>
    /// <param name="context">The command's context.</param>
    /// <param name="option">What reads several.</param>
    /// <exception cref="UsageException">It names files, a partition, or offsets.</exception>
    public LogRange AllTopics(CommandContext context, string option)
    {
        if (HasFiles(context)) throw new UsageException($"{option}: several topics are read, so it takes the cluster and no files");
        if (context.Value(_partition) is not null) throw new UsageException($"{option}: all partitions are read, so it goes without --partition");
        return OfTime(Range(context));
    }

    private static LogRange OfTime(LogRange range) => range.IsOfTime ? range
        : throw new UsageException("--from, --to: several topics are read, so it takes a time and not an offset");

    /// <summary>Which part of the topics a command line names.</summary>
    /// <param name="context">The command's context.</param>
    /// <exception cref="UsageException">It is named by offsets where it must be one of time.</exception>
    public LogRange Range(CommandContext context)
    {
        LogRange range = new(LogRange.ParseFrom(context.Value(_from)!), LogRange.ParseTo(context.Value(_to)!));
        return ofTopics ? OfTime(range) : range;
    }
}
