using StreamSched.Analysis.Export;

namespace StreamSched.Logs;

/// <summary>How far an export has come: what an interrupted one goes on from, and in the end what it was.</summary>
internal sealed record ExportState
{
    /// <summary>The file's name in the folder of an export.</summary>
    public const string FileName = "export.json";

    /// <summary>What is written.</summary>
    public required ExportFormat Format { get; init; }

    /// <summary>What is read, as it was wanted; another wish cannot go on from here.</summary>
    public required string Wanted { get; init; }

    /// <summary>The parts, as they were when the export began.</summary>
    public required IReadOnlyList<Part> Parts { get; init; }

    /// <summary>The files that are complete.</summary>
    public required IList<string> Files { get; init; }

    /// <summary>What they hold.</summary>
    public required ExportCard Card { get; init; }

    /// <summary>The actions of the whole log, for formats over a fixed set of them; null: not looked for, or not found yet.</summary>
    public ActionSet? Actions { get; set; }

    /// <summary>Episodes that are complete.</summary>
    public int Episodes { get; set; }

    /// <summary>Their steps.</summary>
    public long Steps { get; set; }

    /// <summary>Whether all of it is there.</summary>
    public bool IsComplete { get; set; }

    /// <summary>A part of a topic.</summary>
    internal sealed record Part
    {
        /// <summary>The topic, as the catalogue names it.</summary>
        public required string Topic { get; init; }

        /// <summary>Where it is.</summary>
        public required LoggedPart Log { get; init; }

        /// <summary>First offset that is in no complete file yet.</summary>
        public long Next { get; set; }

        /// <summary>Whether all of it is there.</summary>
        public bool IsDone { get; set; }
    }
}
