using StreamSched.Core.Policies;

namespace StreamSched.Simulation.Planning;

/// <summary>
/// Looks for a better plan by simulated annealing: one request at a time is placed elsewhere, placed at all, refused, or takes the place of another; each
/// change is judged by replaying the workers that it touches. A placement is tried because a request of the same kind has it at about that time, which keeps to
/// what is cheap there and to batches that form anyway, or at random.
/// </summary>
internal sealed class PlanSearch
{
    // Temperatures, in units of an answer's mean worth. Variants differ by some hundredths of it; where it was a tenth, accuracy as value never recovered.
    private const double Hottest = 0.01, Coldest = 0.0002;
    private const double Frozen = 0.85; // part of the tries after which nothing that is worse is accepted
    private const double BusyPrice = 0.02; // of what a second of batch time earns: of equal plans the one that takes less
    private const int Near = 64; // requests before and after one that it learns placements from
    private readonly PlanningProblem _problem;
    private readonly WorkerReplay[] _workers;
    private readonly int[] _placementOf;
    private readonly double[] _earned;
    private readonly int[] _movable;
    private readonly bool[] _isMovable;
    private readonly OracleMoves _moves;
    private readonly bool[] _placedAtStart;
    private readonly double _unit;
    private readonly double _busyPrice;
    private RandomStream _random;

    /// <summary>Begins with a plan.</summary>
    /// <param name="problem">The run.</param>
    /// <param name="start">By number of the request: its placement; -1: refused.</param>
    /// <param name="seed">Of the search's draws.</param>
    /// <param name="settings">What may be changed.</param>
    public PlanSearch(PlanningProblem problem, IReadOnlyList<int> start, ulong seed, OracleSettings settings)
    {
        (_problem, _placementOf, _earned, _moves) = (problem, [.. start], new double[start.Count], settings.Moves);
        (double begin, double end) = (settings.From.TotalMicroseconds, settings.Until.TotalMicroseconds);
        _random = RandomStream.For(seed, "oracle");
        _workers = [.. problem.Workers.Select((_, w) => new WorkerReplay(problem, w, _placementOf, _earned))];
        _placedAtStart = [.. start.Select(k => k >= 0)];
        _isMovable =
        [
            .. from r in Enumerable.Range(0, start.Count)
               let request = problem[r]
               select request.Counted && request.DecidedAt >= 0 && request.Made >= begin && request.Made < end,
        ];
        _movable = [.. Enumerable.Range(0, start.Count).Where(r => _isMovable[r])];
        foreach (int r in Enumerable.Range(0, start.Count).Where(r => start[r] >= 0)) WorkerOf(start[r]).Add(r);
        foreach (WorkerReplay worker in _workers) worker.Keep((0, long.MaxValue));
        int answered = Math.Max(1, _earned.Count(e => e > 0));
        _unit = Earned > 0 ? Earned / answered : 1;
        _busyPrice = BusyPrice * Earned / Math.Max(1e-9, _workers.Sum(w => w.Busy));
    }

    /// <summary>Requests that may be moved.</summary>
    public IReadOnlyList<int> Movable => _movable;

    /// <summary>Value of the present plan, not divided by anything.</summary>
    public double Earned => _workers.Sum(w => w.Earned);

    /// <summary>The present plan.</summary>
    public int[] Plan => [.. _placementOf];

    /// <summary>Tries one change.</summary>
    /// <param name="progress">Part of all tries that were made before, 0..1.</param>
    public void Step(double progress)
    {
        if (_movable.Length == 0) return;
        double temperature = progress >= Frozen ? 0 : _unit * Hottest * Math.Pow(Coldest / Hottest, progress / Frozen);
        int request = _movable[_random.NextInt32(_movable.Length)];

        // Half of the tries are for those that earn nothing.
        for (int i = 0; i < 16 && _earned[request] > 0 && (_random.NextUInt64() & 1) == 0; i++) request = _movable[_random.NextInt32(_movable.Length)];
        int before = _placementOf[request];
        if (before >= 0 && _moves.HasFlag(OracleMoves.Refuse) && _random.NextInt32(_earned[request] > 0 ? 16 : 2) == 0)
        {
            Change(request, -1, -1, temperature);
            return;
        }

        if (!MayPlace(request)) return;
        int other = -1, placement;
        if (_random.NextInt32(4) == 0)
        {
            ReadOnlySpan<int> options = _problem.OptionsOf(request);
            if (options.Length == 0) return;
            placement = options[_random.NextInt32(options.Length)];
        }
        else
        {
            int at = Math.Clamp(request + _random.NextInt32((2 * Near) + 1) - Near, 0, _placementOf.Length - 1);
            placement = _placementOf[at];
            if (placement < 0 || !_problem.OptionsOf(request).Contains(placement)) return;

            // It may take the other's place, who takes its own or is refused.
            if (at != request && _isMovable[at] && _random.NextInt32(4) == 0) other = at;
        }

        if (placement == before || !_problem.CouldBeInTime(request, placement)) return;
        if (other >= 0 && before < 0 ? !_moves.HasFlag(OracleMoves.Refuse) : other >= 0 && !_problem.OptionsOf(other).Contains(before)) return;
        Change(request, placement, other, temperature);
    }

    // What the search itself refused may come back.
    private bool MayPlace(int request) => _moves.HasFlag(
        _placementOf[request] >= 0 || (_placedAtStart[request] && !_moves.HasFlag(OracleMoves.Accept)) ? OracleMoves.Place : OracleMoves.Accept);

    // The request goes to a placement, and another one, if there is one, to where the request was.
    private void Change(int request, int placement, int other, double temperature)
    {
        int before = _placementOf[request], otherBefore = other >= 0 ? _placementOf[other] : -1;
        int a = before < 0 ? -1 : _problem.Placements[before].Worker, b = placement < 0 ? -1 : _problem.Placements[placement].Worker;
        (long First, long Last) atA = (long.MaxValue, 0), atB = atA;
        Touch(request, before);
        Touch(request, placement);
        if (other >= 0)
        {
            Touch(other, otherBefore);
            Touch(other, before);
        }

        Put(request, placement);
        if (other >= 0) Put(other, before);
        double gain = Gain(a, atA) + (a == b ? 0 : Gain(b, atB));
        if (gain >= 0 || (temperature > 0 && _random.NextDouble() < Math.Exp(gain / temperature)))
        {
            if (_placementOf[request] < 0) _earned[request] = 0;
            if (other >= 0 && _placementOf[other] < 0) _earned[other] = 0;
            if (a >= 0) _workers[a].Keep(atA);
            if (b >= 0 && a != b) _workers[b].Keep(atB);
            return;
        }

        if (other >= 0) Put(other, -1);
        Put(request, before);
        if (other >= 0) Put(other, otherBefore);

        void Touch(int r, int k)
        {
            if (k < 0) return;
            int worker = _problem.Placements[k].Worker;
            long at = _problem.ArrivesAt(r, k);
            if (worker == a) atA = (Math.Min(atA.First, at), Math.Max(atA.Last, at));
            if (worker == b) atB = (Math.Min(atB.First, at), Math.Max(atB.Last, at));
        }
    }

    private double Gain(int worker, (long First, long Last) change)
    {
        if (worker < 0) return 0;
        double earned = _workers[worker].Try(change, out double busy);
        return earned - _workers[worker].Earned - (_busyPrice * (busy - _workers[worker].Busy));
    }

    private void Put(int request, int placement)
    {
        if (_placementOf[request] >= 0) WorkerOf(_placementOf[request]).Remove(request);
        _placementOf[request] = placement;
        if (placement >= 0) WorkerOf(placement).Add(request);
    }

    private WorkerReplay WorkerOf(int placement) => _workers[_problem.Placements[placement].Worker];
}
