using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;

namespace StreamSched.Simulation.Worlds;

/// <content>Labels: some answers are found to be right or wrong, later than they are given.</content>
public sealed partial class World
{
    private const ulong LabelDraws = 0xC2B2_AE3D_27D4_EB4F; // apart from the draws of attempts
    private readonly Stack<int> _freeLabels = new();
    private (long Id, bool Correct)[] _labels = new (long, bool)[64];
    private int _labelEnd;

    // Drawn from the request's own seed: another policy has labels for the same requests, after the same delays.
    private void PlanLabel(in SimulatedRequest request, float accuracy)
    {
        if (_observer is null || _scenario.Labels is not { } labels) return;
        RandomStream random = new(request.Seed ^ LabelDraws);
        if (random.NextDouble() >= labels.Share) return;
        double delay = labels.Delay.Least + ((labels.Delay.Most - labels.Delay.Least) * random.NextDouble());
        if (!_freeLabels.TryPop(out int i))
        {
            if (_labelEnd == _labels.Length) Array.Resize(ref _labels, _labelEnd * 2);
            i = _labelEnd++;
        }

        _labels[i] = (request.Id, random.NextDouble() < accuracy);
        _events.Push(_now + Micros(delay), WorldEvent.Label, i);
    }

    // What only the world knows, by the sites and variants that schedulers know.
    internal IReadOnlyList<AccuracyEstimate> TrueAccuracies()
    {
        AccuracyTable found = new();
        foreach (WorkerRuntime worker in _workers)
        {
            for (int v = 0; v < worker.Model.Variants.Length; v++)
            {
                (string task, string variant, string site) = (worker.Model.Variants[v].Task, worker.Model.Variants[v].Name, worker.Model.Description.Site);
                for (int origin = 0; origin < _scenario.Sites.Count; origin++)
                    found.Set(new(task, variant, site, _scenario.Sites[origin].Name, worker.AccuracyOf(v, origin), worker.AccuracyOf(v, origin), 1));
            }
        }

        return [.. found.Estimates];
    }

    private void ReadLabel(int i)
    {
        _freeLabels.Push(i);
        _observer!.Labelled(_labels[i].Id, _labels[i].Correct, _now);
    }
}
