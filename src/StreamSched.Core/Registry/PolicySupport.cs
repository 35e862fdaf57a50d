using System.Text.Json;
using StreamSched.Core.Policies;
using StreamSched.Core.Policies.Learned;
using StreamSched.Core.PolicyFiles;
using StreamSched.Documents;

namespace StreamSched.Core.Registry;

/// <summary>
/// What a file that was learned from a log says of where the log supports it, and who decides elsewhere (<see cref="SupportedPolicy"/>): a note in its
/// metadata.
/// </summary>
public sealed class PolicySupport
{
    /// <summary>The note of a file's metadata.</summary>
    public const string Note = "support";

    // Trained on the log of a policy that was trained on the log of one …: each decides more slowly than the one before.
    private const int Deepest = 3;
    private readonly bool[] _cells;

    /// <summary>Makes it.</summary>
    /// <param name="grid">The cells.</param>
    /// <param name="cells">[cells of the grid] those in which the log had enough.</param>
    /// <param name="name">A policy of the catalogue that decides elsewhere; null: that of the file.</param>
    /// <param name="file">The file of the policy that decides elsewhere; null: that of the catalogue.</param>
    public PolicySupport(SupportGrid grid, bool[] cells, string? name, LoadedPolicy? file) =>
        (Grid, _cells, Name, File, Depth) = (grid, cells, name, file, 1 + (file?.Support?.Depth ?? 0));

    /// <summary>The cells.</summary>
    public SupportGrid Grid { get; }

    /// <summary>How many cells the log supports.</summary>
    public int Supported => _cells.Count(c => c);

    /// <summary>The policy of the catalogue that decides elsewhere; null: that of the file.</summary>
    public string? Name { get; }

    /// <summary>The file of the policy that decides elsewhere; null: that of the catalogue.</summary>
    public LoadedPolicy? File { get; }

    /// <summary>Who decides elsewhere, in words.</summary>
    public string Baseline => File is { } file ? FormattableString.Invariant($"{file.Metadata.Name} v{file.Metadata.Version}") : Name!;

    /// <summary>Whether no other file may rest on one that has this.</summary>
    public bool IsDeepest => Depth >= Deepest;

    private int Depth { get; }

    /// <summary>Metadata with this in it.</summary>
    /// <param name="metadata">The metadata.</param>
    public PolicyMetadata Into(PolicyMetadata metadata) => metadata with
    {
        Notes = new Dictionary<string, string>(metadata.Notes)
        {
            [Note] = JsonSerializer.Serialize(
                new Document
                {
                    Edges = [.. Grid.Edges], Cells = string.Concat(_cells.Select(c => c ? '1' : '0')), Baseline = Name, File = File?.Bytes.ToArray(),
                },
                UserJson.Options),
        },
    };

    /// <summary>Metadata without it: of what has proved itself otherwise.</summary>
    /// <param name="metadata">The metadata.</param>
    public static PolicyMetadata Without(PolicyMetadata metadata) => metadata with
    {
        Notes = metadata.Notes.Where(n => n.Key != Note).ToDictionary(n => n.Key, n => n.Value),
    };

    /// <summary>That of a file; null: it has none.</summary>
    /// <param name="metadata">The file's metadata.</param>
    /// <exception cref="PolicyFileException">It cannot be read.</exception>
    internal static PolicySupport? Read(PolicyMetadata metadata)
    {
        if (!metadata.Notes.TryGetValue(Note, out string? text)) return null;
        try
        {
            Document document = JsonSerializer.Deserialize<Document>(text, UserJson.Options) ?? throw new PolicyFileException($"the note '{Note}' is empty");
            SupportGrid grid = new(document.Edges);
            if (document.Cells.Length != grid.Cells || document.Cells.AsSpan().ContainsAnyExcept('0', '1'))
                throw new PolicyFileException($"the note '{Note}': {grid.Cells} cells are each 0 or 1");
            if ((document.Baseline is null) == (document.File is null))
                throw new PolicyFileException($"the note '{Note}' names either a policy or a file that decides elsewhere");
            if (document.Baseline is { } name && !PolicyCatalogue.IsBuiltIn(name))
                throw new PolicyFileException($"the note '{Note}': this build has no policy '{name}' without a file");
            PolicySupport support = new(
                grid, [.. document.Cells.Select(c => c == '1')], document.Baseline, document.File is { } file ? LoadedPolicy.Parse(file) : null);
            return support.Depth <= Deepest ? support
                : throw new PolicyFileException($"the note '{Note}': {support.Depth} policies rest on each other, {Deepest} may");
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            throw new PolicyFileException($"the note '{Note}' cannot be read: {(exception is JsonException json ? UserJson.Fault(json) : exception.Message)}",
                exception);
        }
    }

    /// <summary>The policy with this around it.</summary>
    /// <param name="learned">What the file holds, for one scheduler.</param>
    /// <param name="constants">Constants that come with it.</param>
    internal ISchedulingPolicy Around(ISchedulingPolicy learned, RuleConstants? constants) => SupportedPolicy.Of(
        learned, File?.Prepare().Policy ?? PolicyCatalogue.Create(Name!, constants?.Price ?? new PriceParameters()), Grid, _cells);

    private sealed record Document
    {
        public required float[][] Edges { get; init; }

        public required string Cells { get; init; }

        public string? Baseline { get; init; }

        public byte[]? File { get; init; }
    }
}
