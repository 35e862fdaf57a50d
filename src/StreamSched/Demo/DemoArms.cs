using StreamSched.Client;
using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;

namespace StreamSched.Demo;

/// <summary>What devices count for a demo that learns, by the side that served: they know all true classes. For one thread at a time.</summary>
/// <param name="world">What is played.</param>
internal sealed class DemoArms(DemoWorld world)
{
    private readonly Tally[,] _tallies = new Tally[world.Phases.Count, 2];
    private readonly Dictionary<(string Variant, string Site), Right> _right = [];

    /// <summary>Counts an answer.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="label">The true class.</param>
    /// <param name="sent">When it was asked, in seconds since the run began.</param>
    /// <param name="learning">How the learner stands.</param>
    public void Answered(Answer answer, int? label, double sent, DemoLearning.Snapshot learning)
    {
        bool right = label is not null && answer.Label == label;
        if (answer.Result is { Variant: { } variant, Worker: { } worker } && label is not null && world.SiteOf(worker) is { } site)
        {
            // An accuracy of before a change says nothing of after it.
            bool grainy = world.IsGrainyAt(answer.Request.Task, sent);
            if (!_right.TryGetValue((variant, site), out Right counted) || counted.IsGrainy != grainy) counted = new Right(grainy, 0, 0);
            _right[(variant, site)] = counted with { Count = counted.Count + 1, Correct = counted.Correct + (right ? 1 : 0) };
        }

        if (sent < 0 || learning.Windows is not { } windows || !windows.Counts(answer.Request.Created)) return;
        ref Tally tally = ref _tallies[PhaseAt(sent), windows.At(answer.Request.Created).Arm == Arm.Champion ? 0 : 1];
        tally.Requests++;
        if (!answer.OnTime) return;
        tally.InTime++;
        if (right) tally.Right++;
    }

    /// <summary>How it stands.</summary>
    /// <param name="learning">How the learner stands.</param>
    public DemoLearning Report(DemoLearning.Snapshot learning) => new(
        DemoLearning.Interval.Of(learning.Worth), learning.Labels,
        [.. world.Phases.Select((p, i) => new DemoLearning.Phase(p.What, p.FromSeconds, Of(_tallies[i, 0]), Of(_tallies[i, 1])))],
        [.. learning.Accuracies.Where(a => a.Site != AccuracyEstimate.Everywhere && a.Origin == AccuracyEstimate.Everywhere)
            .OrderBy(a => a.Variant, StringComparer.Ordinal).ThenBy(a => a.Site, StringComparer.Ordinal).Select(a => new DemoLearning.Variant(
                a.Variant, a.Site, a.Mean, a.Labels, world.AccuracyOf(a.Variant),
                _right.TryGetValue((a.Variant, a.Site), out Right right) ? (double)right.Correct / right.Count : double.NaN))]);

    private int PhaseAt(double seconds)
    {
        int at = 0;
        while (at + 1 < world.Phases.Count && seconds >= world.Phases[at + 1].FromSeconds) at++;
        return at;
    }

    private static DemoLearning.Count Of(in Tally tally) =>
        new(tally.Requests, (double)tally.InTime / tally.Requests, (double)tally.Right / tally.Requests);

    private struct Tally
    {
        public long Requests, InTime, Right;
    }

    private readonly record struct Right(bool IsGrainy, long Count, long Correct);
}
