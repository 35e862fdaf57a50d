using StreamSched.Core.Cluster;
using StreamSched.Core.Prediction;
using StreamSched.Core.Requests;

namespace StreamSched.Core.Policies.Learned;

/// <summary>
/// What one window of <c>aset</c> was like: arrivals, how urgent, how they fared, and the load of near, middle and far workers. Workers are pooled by their
/// distance, so that a network serves any topology; rates of success tell what capacities mean.
/// </summary>
internal sealed class AsetWindow
{
    /// <summary>Version of this layout.</summary>
    public const int Layout = 1;

    private const int Groups = 3, Deadlines = 5, FirstDeadline = 1, FirstFate = FirstDeadline + Deadlines, FirstGroup = FirstFate + 3,
        FirstAction = FirstGroup + (3 * Groups);

    private static readonly float[] DeadlineBounds = [0.035f, 0.1f, 0.2f, 0.4f];
    private static readonly float[] DistanceBounds = [0.005f, 0.02f];

    private readonly int[] _deadlines = new int[Deadlines], _sent = new int[Groups];
    private readonly float[] _loads = new float[Groups], _highest = new float[Groups];
    private int _arrivals, _refused, _succeeded, _failed;

    /// <summary>Length of its features.</summary>
    /// <param name="actions">How many policies there are to choose from.</param>
    public static int Features(int actions) => FirstAction + actions;

    public void Clear()
    {
        Array.Clear(_deadlines);
        Array.Clear(_sent);
        Array.Clear(_loads);
        Array.Clear(_highest);
        _arrivals = _refused = _succeeded = _failed = 0;
    }

    public void Decided(in Request request, Candidates candidates, int chosen)
    {
        _arrivals++;
        int bin = 0;
        while (bin < DeadlineBounds.Length && request.Deadline > DeadlineBounds[bin]) bin++;
        _deadlines[bin]++;
        if (chosen < 0) _refused++;
        else _sent[GroupOf(candidates.RoundTrip(chosen))]++;
    }

    public void Ended(bool onTime)
    {
        if (onTime) _succeeded++;
        else _failed++;
    }

    /// <summary>Load as it is at the end of the window, of the workers that a request could go to.</summary>
    public void Look(Candidates candidates, ClusterView view)
    {
        Span<int> workers = stackalloc int[Groups];
        workers.Clear();
        Array.Clear(_loads);
        Array.Clear(_highest);
        ReadOnlySpan<int> processor = candidates.Processor;
        ReadOnlySpan<float> utilisation = view.Utilisation;
        for (int i = 0; i < candidates.Count; i++)
        {
            int group = GroupOf(candidates.RoundTrip(i));
            float load = Math.Min(2, utilisation[processor[i]]);
            workers[group]++;
            _loads[group] += load;
            _highest[group] = Math.Max(_highest[group], load);
        }

        for (int g = 0; g < Groups; g++) _loads[g] /= Math.Max(1, workers[g]);
    }

    /// <param name="seconds">Length of the window.</param>
    /// <param name="action">Which policy ruled.</param>
    /// <param name="x">Receives the features.</param>
    public void Encode(float seconds, int action, Span<float> x)
    {
        x.Clear();
        float arrivals = Math.Max(1, _arrivals), ended = Math.Max(1, _succeeded + _failed + _refused);
        x[0] = MathF.Log(1 + (_arrivals / seconds)) / 8;
        for (int d = 0; d < Deadlines; d++) x[FirstDeadline + d] = _deadlines[d] / arrivals;
        (x[FirstFate], x[FirstFate + 1], x[FirstFate + 2]) = (_succeeded / ended, _failed / ended, _refused / ended);
        for (int g = 0; g < Groups; g++)
            (x[FirstGroup + (3 * g)], x[FirstGroup + (3 * g) + 1], x[FirstGroup + (3 * g) + 2]) = (_loads[g], _highest[g], _sent[g] / arrivals);
        x[FirstAction + action] = 1;
    }

    private static int GroupOf(float roundTrip) => roundTrip <= DistanceBounds[0] ? 0 : roundTrip <= DistanceBounds[1] ? 1 : 2;
}
