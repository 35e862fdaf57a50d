using System.Globalization;
using System.Text.Json;
using StreamSched.Analysis.Export;
using StreamSched.Avro.Records;

namespace StreamSched.Logs;

/// <summary>
/// Decisions in full as episodes in the Parquet flavour of Minari (<c>data_format: parquet</c>): an observation is a context, the reward what the request was
/// worth. An episode has the decisions of a chunk of one partition in their order; those that are not in full are missing between them.
/// </summary>
/// <param name="set">The actions.</param>
/// <param name="state">Numbers the episodes, and counts their steps and the decisions that are left out.</param>
internal sealed class MinariChunk(ActionSet set, ExportState state) : IExportChunk
{
    /// <summary>The folder of the data set.</summary>
    public const string Folder = "data";

    // Minari reads an episode as one batch, and batches of its reader have no more rows than this.
    private const int MostRows = 100_000;
    private readonly ActionRound _round = new(set);
    private readonly EpisodeTable _episode = new(set.ContextFields);

    /// <inheritdoc/>
    public bool IsFull => _episode.Count >= MostRows;

    /// <inheritdoc/>
    public void Add(in ExperienceView record, ReadOnlySpan<byte> body, int partition, long offset)
    {
        if (record.JoinState == JoinState.Revised) return;
        if (_round.TryRead(record)) _episode.Add(_round.Context, _round.Action, record.Utility);
        else state.Card.Untold++;
    }

    /// <inheritdoc/>
    public IEnumerable<(string Name, byte[] Content)> Complete(string part)
    {
        int steps = _episode.Steps, id = state.Episodes;
        if (_episode.ToEpisode() is not { } file) return [];
        state.Episodes++;
        state.Steps += steps;
        string folder = string.Create(CultureInfo.InvariantCulture, $"{Folder}/{id}");
        return [($"{folder}/{part}.parquet", file), ($"{folder}/metadata.json", JsonSerializer.SerializeToUtf8Bytes(new { id, total_steps = steps }))];
    }

    /// <summary>What Minari reads first.</summary>
    /// <param name="set">The actions.</param>
    /// <param name="state">The episodes.</param>
    public static byte[] About(ActionSet set, ExportState state)
    {
        float[] least = new float[set.ContextFields], most = new float[set.ContextFields];
        Array.Fill(least, float.MinValue);
        Array.Fill(most, float.MaxValue);
        return JsonSerializer.SerializeToUtf8Bytes(new
        {
            dataset_id = "streamsched/log-v0",
            minari_version = "0.5.3",
            data_format = "parquet",
            jpeg_encoding = false,
            total_episodes = state.Episodes,
            total_steps = state.Steps,
            observation_space = JsonSerializer.Serialize(new { type = "Box", dtype = "float32", shape = (int[])[set.ContextFields], low = least, high = most }),
            action_space = JsonSerializer.Serialize(new { type = "Discrete", dtype = "int64", start = 0, n = set.Count }),
            action_names = set.Names,
            observation_names = set.ContextNames,
            description = "Decisions of a scheduler, with what each request was worth; an episode is a part of one partition of the log, in its order.",
        });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
