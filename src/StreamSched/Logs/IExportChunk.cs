using StreamSched.Avro.Records;

namespace StreamSched.Logs;

/// <summary>Some records in a row on their way into files of one format.</summary>
internal interface IExportChunk : IDisposable
{
    /// <summary>Whether it holds as much as memory should, however few records that are.</summary>
    bool IsFull { get; }

    /// <summary>Adds the next record.</summary>
    /// <param name="record">The experience; of another topic nothing.</param>
    /// <param name="body">Its bytes.</param>
    /// <param name="partition">Where it was; -1: in a file.</param>
    /// <param name="offset">Its offset.</param>
    void Add(in ExperienceView record, ReadOnlySpan<byte> body, int partition, long offset);

    /// <summary>The files of what was added, which is forgotten then.</summary>
    /// <param name="part">What tells these files from others, without an ending.</param>
    /// <returns>Name, with its folder, and content of each.</returns>
    IEnumerable<(string Name, byte[] Content)> Complete(string part);
}
