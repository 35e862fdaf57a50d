using System.IO.Compression;
using Parquet;
using Parquet.Schema;

namespace StreamSched.Analysis.Export;

/// <summary>Rows that become a Parquet file, compressed by zstd.</summary>
internal abstract class ParquetTable
{
    private readonly List<TableColumn> _columns = [];

    /// <summary>How many rows.</summary>
    public int Count => _columns[0].Count;

    /// <summary>The columns, in the order of the file.</summary>
    public IReadOnlyList<TableColumn> Columns => _columns;

    /// <summary>The file.</summary>
    /// <param name="about">What stands in its metadata.</param>
    public byte[] ToFile(IReadOnlyDictionary<string, string> about)
    {
        using MemoryStream file = new();
        WriteAsync(file, about).GetAwaiter().GetResult();
        Clear();
        return file.ToArray();
    }

    /// <summary>Forgets its rows.</summary>
    protected void Clear()
    {
        foreach (TableColumn column in _columns) column.Clear();
    }

    /// <summary>Adds a column.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="column">The column.</param>
    protected T With<T>(T column)
        where T : TableColumn
    {
        _columns.Add(column);
        return column;
    }

    /// <summary>A column of instants, in µs of UTC.</summary>
    /// <param name="name">In snake_case.</param>
    protected static DataField Instant(string name) =>
        new DateTimeDataField(name, DateTimeFormat.Timestamp, isAdjustedToUTC: true, unit: DateTimeTimeUnit.Micros, isNullable: true);

    /// <summary>An instant; null: none is told.</summary>
    /// <param name="micros">µs since 1970; 0: not told.</param>
    protected static DateTime? At(long? micros) => micros is null or 0 ? null : DateTime.UnixEpoch.AddTicks(10 * micros.Value);

    private async Task WriteAsync(Stream file, IReadOnlyDictionary<string, string> about)
    {
        // Zstd's higher levels take ten times as long and more here, for a few bytes in a hundred.
        ParquetOptions options = new() { CompressionMethod = CompressionMethod.Zstd, CompressionLevel = CompressionLevel.Fastest };
        ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(_columns.Select(c => c.Description)), file, options).ConfigureAwait(false);
        await using (writer.ConfigureAwait(false))
        {
            writer.CustomMetadata = about;
            using ParquetRowGroupWriter group = writer.CreateRowGroup();
            foreach (TableColumn column in _columns) await column.WriteAsync(group).ConfigureAwait(false);
        }
    }
}
