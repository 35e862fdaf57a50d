using StreamSched.Core.Prediction;

namespace StreamSched.Core.Policies.Learned;

/// <summary>
/// Numbers the feasible candidates of a decision, so that only they are encoded and valued: half of the candidates, on the mean. Nothing is allocated once it
/// has seen as many candidates as there are.
/// </summary>
internal sealed class FeasibleRows
{
    private int[] _rows = [];
    private float[] _values = [];

    /// <summary>Feasible candidates, in their order.</summary>
    public int Count { get; private set; }

    /// <summary>To be written: a value for each row.</summary>
    public Span<float> Values => _values.AsSpan(0, Count);

    /// <summary>The row of a candidate; negative: it is not feasible.</summary>
    /// <param name="candidate">Its index.</param>
    public int this[int candidate] => _rows[candidate];

    /// <summary>Numbers the candidates of a decision.</summary>
    /// <param name="candidates">With a mask.</param>
    public void Number(Candidates candidates)
    {
        if (_rows.Length < candidates.Count) (_rows, _values) = (new int[2 * candidates.Count], new float[2 * candidates.Count]);
        ReadOnlySpan<int> mask = candidates.Mask;
        Count = 0;
        for (int i = 0; i < candidates.Count; i++) _rows[i] = mask[i] != 0 ? Count++ : -1;
    }

    /// <summary>Makes the values the scores of their candidates; those without a row score 0.</summary>
    /// <param name="candidates">The ones that were numbered.</param>
    public void Score(Candidates candidates)
    {
        Span<float> score = candidates.Score;
        for (int i = 0; i < candidates.Count; i++) score[i] = _rows[i] < 0 ? 0 : _values[_rows[i]];
    }
}
