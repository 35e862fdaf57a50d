namespace StreamSched.Analysis.Export;

/// <summary>
/// Decisions one after the other as an episode in Minari's columns: a row for each observation. The last of them is only what the last step led to: its action
/// and its reward are no one's. An episode does not end by itself: its last step is truncated.
/// </summary>
internal sealed class EpisodeTable : ParquetTable
{
    private readonly ListColumn _observations;
    private readonly ValueColumn<long> _actions;
    private readonly ValueColumn<double> _rewards;
    private readonly ValueColumn<bool> _terminations, _truncations;

    /// <summary>An empty one.</summary>
    /// <param name="fields">Numbers of an observation.</param>
    public EpisodeTable(int fields)
    {
        (_observations, _actions) = (With(new ListColumn("observations", fields)), With(new ValueColumn<long>("actions")));
        _rewards = With(new ValueColumn<double>("rewards"));
        (_terminations, _truncations) = (With(new ValueColumn<bool>("terminations")), With(new ValueColumn<bool>("truncations")));
    }

    /// <summary>How many steps it has: one less than decisions.</summary>
    public int Steps => Math.Max(0, Count - 1);

    /// <summary>Adds a decision.</summary>
    /// <param name="observation">What was seen before it.</param>
    /// <param name="action">What was chosen.</param>
    /// <param name="reward">What that was worth.</param>
    public void Add(ReadOnlySpan<float> observation, int action, double reward)
    {
        _observations.Add(observation);
        _actions.Add(action);
        _rewards.Add(reward);
        _terminations.Add(false);
        _truncations.Add(false);
    }

    /// <summary>The file of the episode; no row is left then.</summary>
    /// <returns>null: it has no step.</returns>
    public byte[]? ToEpisode()
    {
        int steps = Steps;
        if (steps == 0)
        {
            Clear();
            return null;
        }

        (_actions[steps], _rewards[steps]) = (0, 0);
        _truncations[steps - 1] = true;
        return ToFile(new Dictionary<string, string>());
    }
}
