using StreamSched.Onnx.Models;

namespace StreamSched.Onnx.Catalogue;

/// <summary>What is known of the files of a variant.</summary>
internal sealed class CatalogueEntry
{
    /// <summary>What the names of its files led to before they were read last; empty: they are to be read again.</summary>
    public IReadOnlyList<(string Name, FileState State)> Seen { get; set; } = [];

    /// <summary>Digest of what was read; empty: nothing could be.</summary>
    public byte[] Content { get; set; } = [];

    /// <summary>When that was, as a timestamp of the clock.</summary>
    public long SeenAt { get; set; }

    /// <summary>Whether the same content was read once more when the files were no longer new: nothing can have slipped through.</summary>
    public bool IsSettled { get; set; }

    /// <summary>Whether it waits to be taken up.</summary>
    public bool IsQueued { get; set; }

    /// <summary>The try that is under way; null: there is none.</summary>
    public LoadAttempt? Attempt { get; set; }

    /// <summary>Lets it be read again.</summary>
    public void Forget() => (Seen, Content) = ([], []);
}
