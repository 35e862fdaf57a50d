using StreamSched.Analysis.Export;
using StreamSched.Analysis.Replays;
using StreamSched.Avro.Records;

namespace StreamSched.Logs;

/// <summary>
/// Decisions in full as arrays with the names of the Open Bandit Pipeline (<c>BanditFeedback</c>). All decisions that stay were equally likely to be in full,
/// so its estimators need no other weight than <c>pscore</c>.
/// </summary>
/// <param name="set">The actions.</param>
/// <param name="shelf">The policies that may have decided.</param>
/// <param name="card">Counts the decisions that are left out.</param>
internal sealed class NpzChunk(ActionSet set, PolicyShelf shelf, ExportCard card) : IExportChunk
{
    // Numbers of contexts that a chunk may have: some hundred megabytes.
    private const int MostNumbers = 1 << 25;
    private readonly ActionRound _round = new(set);
    private readonly List<float> _context = [];
    private readonly List<double> _probabilities = [], _reward = [], _propensity = [];
    private readonly List<long> _action = [], _at = [];
    private readonly List<string> _ids = [];

    /// <inheritdoc/>
    public bool IsFull => _context.Count >= MostNumbers;

    /// <inheritdoc/>
    public void Add(in ExperienceView record, ReadOnlySpan<byte> body, int partition, long offset)
    {
        if (record.JoinState == JoinState.Revised) return;
        if (!record.HasDigest || shelf.Find(record.Digest) is not { Refusal: null } policy || !_round.TryRead(record) || !_round.Ask(policy))
        {
            card.Untold++;
            return;
        }

        if (!_round.IsKept(record))
        {
            card.Thinned++;
            return;
        }

        _context.AddRange(_round.Context);
        _probabilities.AddRange(_round.Probabilities);
        _propensity.Add(_round.Probabilities[_round.Action]);
        _action.Add(_round.Action);
        _reward.Add(record.Utility);
        _at.Add(record.At);
        _ids.Add(record.Id.ToString());
    }

    /// <inheritdoc/>
    public IEnumerable<(string Name, byte[] Content)> Complete(string part)
    {
        int rounds = _action.Count, actions = set.Count;
        if (rounds == 0) return [];
        using NumpyArchive archive = new();
        archive.Add<long>("n_rounds", [rounds]);
        archive.Add<long>("n_actions", [actions]);
        archive.Add<float>("context", [.. _context], rounds, set.ContextFields);
        archive.Add<float>("action_context", set.ActionContext(), actions, ActionSet.ActionContextNames.Count);
        archive.Add<long>("action", [.. _action], rounds);
        archive.Add<long>("position", new long[rounds], rounds);
        archive.Add<double>("reward", [.. _reward], rounds);
        archive.Add<double>("pscore", [.. _propensity], rounds);
        archive.Add<double>("pi_b", [.. _probabilities], rounds, actions, 1);
        archive.Add<long>("decided_at_micros", [.. _at], rounds);
        archive.Add("id", _ids);
        archive.Add("action_names", set.Names);
        archive.Add("context_names", set.ContextNames);
        archive.Add("action_context_names", ActionSet.ActionContextNames);
        _context.Clear();
        _probabilities.Clear();
        _reward.Clear();
        _propensity.Clear();
        _action.Clear();
        _at.Clear();
        _ids.Clear();
        return [($"rounds/{part}.npz", archive.ToFile())];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
