using System.Globalization;
using StreamSched.Analysis.Export;
using StreamSched.Analysis.Replays;
using StreamSched.Avro.Records;

namespace StreamSched.Logs;

/// <summary>Decisions and their candidates as Parquet files, hour by hour.</summary>
/// <param name="source">Where the records were, for the files' metadata.</param>
/// <param name="shelf">The policies that may have decided.</param>
internal sealed class ParquetChunk(string source, PolicyShelf shelf) : IExportChunk
{
    // Rows of candidates that a chunk may have: some hundred megabytes.
    private const int MostCandidates = 200_000;
    private readonly Dictionary<string, string> _about = new() { ["source"] = source, ["streamsched.layout"] = "1" };
    private readonly SortedDictionary<string, (DecisionTable Decisions, CandidateTable Candidates)> _tables = new(StringComparer.Ordinal);
    private readonly Stack<(DecisionTable Decisions, CandidateTable Candidates)> _free = [];
    private int _rows;

    /// <inheritdoc/>
    public bool IsFull => _rows >= MostCandidates;

    /// <inheritdoc/>
    public void Add(in ExperienceView record, ReadOnlySpan<byte> body, int partition, long offset)
    {
        (DecisionTable decisions, CandidateTable candidates) = TablesOf(record.At);
        decisions.Add(record, partition, offset);
        if (!record.HasFull || !FullDecisionView.TryDecode(record.Full, out FullDecisionView full, out _)) return;
        candidates.Add(record.Id, record.HasDigest ? record.Digest : [], full);
        _rows += full.Mask.Length;
    }

    /// <inheritdoc/>
    public IEnumerable<(string Name, byte[] Content)> Complete(string part)
    {
        List<(string, byte[])> files = [];
        foreach ((string hour, (DecisionTable decisions, CandidateTable candidates)) in _tables)
        {
            if (decisions.Count > 0) files.Add(($"decisions/{hour}/{part}.parquet", decisions.ToFile(_about)));
            if (candidates.Count > 0) files.Add(($"candidates/{hour}/{part}.parquet", candidates.ToFile(_about)));
            _free.Push((decisions, candidates));
        }

        _tables.Clear();
        _rows = 0;
        return files;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private (DecisionTable Decisions, CandidateTable Candidates) TablesOf(long at)
    {
        string hour = DateTimeOffset.UnixEpoch.AddTicks(10 * at).ToString("'date='yyyy-MM-dd'/hour='HH", CultureInfo.InvariantCulture);
        if (_tables.TryGetValue(hour, out (DecisionTable, CandidateTable) tables)) return tables;
        if (!_free.TryPop(out tables)) tables = (new DecisionTable(), new CandidateTable(shelf));
        _tables.Add(hour, tables);
        return tables;
    }
}
