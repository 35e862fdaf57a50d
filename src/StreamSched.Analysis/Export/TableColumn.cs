using Parquet;
using Parquet.Schema;

namespace StreamSched.Analysis.Export;

/// <summary>A column of a table that becomes a Parquet file.</summary>
/// <param name="description">Its name and type.</param>
internal abstract class TableColumn(DataField description)
{
    /// <summary>Name and type of its values.</summary>
    public DataField Field => description;

    /// <summary>What the file's schema says of it.</summary>
    public virtual Field Description => description;

    /// <summary>How many values it has.</summary>
    public abstract int Count { get; }

    /// <summary>Writes its values.</summary>
    /// <param name="group">Where to.</param>
    public abstract Task WriteAsync(ParquetRowGroupWriter group);

    /// <summary>Forgets its values.</summary>
    public abstract void Clear();
}
