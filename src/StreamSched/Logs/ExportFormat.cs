namespace StreamSched.Logs;

/// <summary>What <c>streamsched export</c> writes.</summary>
internal enum ExportFormat
{
    /// <summary>Tables for DuckDB, pandas, polars and Spark: decisions with what came of them, and their candidates.</summary>
    Parquet,

    /// <summary>Avro container files of the records as they are, and of the versions of policies: what the other commands read.</summary>
    Avro,

    /// <summary>Lines of JSON for Vowpal Wabbit: decisions in full, with the probabilities of all their choices.</summary>
    DsJson,

    /// <summary>Arrays with the names of the Open Bandit Pipeline, over a fixed set of actions.</summary>
    Npz,

    /// <summary>Episodes over the same actions, for learners of sequences: the Parquet flavour of Minari.</summary>
    Minari,
}
