using System.Text;
using StreamSched.Analysis.Replays;
using StreamSched.Avro.Binary;
using StreamSched.Avro.Records;
using StreamSched.Core.Prediction;
using StreamSched.Core.Scheduling;

namespace StreamSched.Analysis.Export;

/// <summary>What could have been chosen: a row for each candidate of each decision in full, with everything that the policy saw of it.</summary>
internal sealed class CandidateTable : ParquetTable
{
    // It has a column of its own, and records of older layouts end there or have ratios behind it.
    private const int FeasibleField = FeatureEncoder.Fields - 1;
    private readonly PolicyShelf _shelf;
    private readonly RecordedChoice _choice = new();
    private readonly TextColumn _id, _worker, _processor, _variant;
    private readonly ValueColumn<int> _index, _mask;
    private readonly ValueColumn<bool> _chosen, _feasible;
    private readonly OptionalColumn<double> _probability;
    private readonly OptionalColumn<float> _score;
    private readonly OptionalColumn<float>[] _features;
    private double[] _probabilities = new double[64];

    /// <summary>An empty one.</summary>
    /// <param name="shelf">The policies that may have decided, which tell how likely the other candidates were.</param>
    public CandidateTable(PolicyShelf shelf)
    {
        _shelf = shelf;
        (_id, _index) = (With(new TextColumn("id")), With(new ValueColumn<int>("candidate")));
        (_worker, _processor, _variant) = (With(new TextColumn("worker")), With(new TextColumn("processor")), With(new TextColumn("variant")));
        (_chosen, _feasible, _mask) = (With(new ValueColumn<bool>("chosen")), With(new ValueColumn<bool>("feasible")), With(new ValueColumn<int>("mask")));
        (_probability, _score) = (With(new OptionalColumn<double>("probability")), With(new OptionalColumn<float>("score")));
        _features = [.. RecordLayout.AllNames.Where(n => n != "feasible").Select(n => With(new OptionalColumn<float>(SnakeCase(n))))];
    }

    /// <summary>Adds the candidates of a decision.</summary>
    /// <param name="id">The request.</param>
    /// <param name="digest">First bytes of the digest of the policy that decided; empty: not told.</param>
    /// <param name="full">The full part of the record.</param>
    public void Add(Guid id, ReadOnlySpan<byte> digest, in FullDecisionView full)
    {
        bool isRestored = _choice.Restore(full) is null;
        int fields = full.Fields, n = _choice.Candidates;
        if (n != full.Mask.Length) return; // not what it says it is
        RecordedPolicy? policy = isRestored ? _shelf.Find(digest) : null;
        bool isKnown = policy is { Refusal: null };
        if (isKnown) _choice.Probabilities(policy!, ref _probabilities);
        AvroReader names = new(full.Placements);
        AvroBlock block = default;
        string text = id.ToString();
        for (int i = 0; i < n; i++)
        {
            ReadOnlySpan<byte> placement = names.NextItem(ref block, 1) ? names.ReadString() : [];
            int first = placement.IndexOf((byte)'/'), last = placement.LastIndexOf((byte)'/');
            _id.Add(text);
            _index.Add(i);
            _worker.Add(first > 0 ? placement[..first] : placement);
            _processor.Add(last > first && first > 0 ? placement[(first + 1)..last] : []);
            _variant.Add(last > 0 ? placement[(last + 1)..] : []);
            _chosen.Add(i == full.Chosen);
            _mask.Add(full.Mask[i]);
            ReadOnlySpan<float> row = _choice.FeaturesOf(i);
            _feasible.Add(fields > FeasibleField && row[FeasibleField] != 0);
            _probability.Add(isKnown ? _probabilities[i] : null);
            _score.Add(isKnown && float.IsFinite(_choice.Replay.Candidates.Score[i]) ? _choice.Replay.Candidates.Score[i] : null);
            for (int f = 0; f < _features.Length; f++)
            {
                int at = f < FeasibleField ? f : f + 1;
                _features[f].Add(at < fields && (isRestored || at < FeasibleField) ? row[at] : null);
            }
        }
    }

    private static string SnakeCase(string name)
    {
        StringBuilder snake = new();
        foreach (char c in name)
        {
            if (char.IsUpper(c)) snake.Append('_');
            snake.Append(char.ToLowerInvariant(c));
        }

        return snake.ToString();
    }
}
