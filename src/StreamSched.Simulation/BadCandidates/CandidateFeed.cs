using System.Globalization;
using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;
using StreamSched.Core.Requests;
using StreamSched.Learning.Rollouts;
using StreamSched.Simulation.Live;
using StreamSched.Simulation.Worlds;

namespace StreamSched.Simulation.BadCandidates;

/// <summary>Proposes candidates to a live loop, one after another, and sees what becomes of each.</summary>
/// <param name="loop">The loop, which sees all that happens.</param>
/// <param name="candidates">The candidates.</param>
/// <param name="ended">Called when the last one has been stopped.</param>
internal sealed class CandidateFeed(LiveLoop loop, IReadOnlyList<BadCandidate> candidates, Action ended) : WorldObserver
{
    // Schedulers follow a step after a tenth of a second.
    private const long Turn = 100_000, Settled = 1_000_000, Hour = 3_600_000_000;
    private static readonly string[] Guards = ["misses", "rejects", "failures"];
    private readonly List<CandidateFate> _fates = [];
    private readonly Rollout _rollout = loop.Learner.Rollout;
    private int _next, _firstStep, _seenSteps, _version, _window = int.MinValue, _windows, _windowsAfterHarm;
    private Dictionary<int, double> _served = [];
    private long _turnAt, _proposedAt, _decidedAt;
    private bool _open, _harmed;

    /// <summary>What became of those that were proposed.</summary>
    public IReadOnlyList<CandidateFate> Fates => _fates;

    /// <summary>The largest loss of an hour by the roll-out's own account, in points of its value.</summary>
    public double AccountOfHour => loop.Steps.SelectMany(s => s.Evidence).Where(e => e.Judge == "budget").Max(e => (double?)e.Upper) ?? 0;

    /// <summary>The steps of the roll-out in words.</summary>
    public IReadOnlyList<string> Steps =>
        [.. loop.Steps.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.At * 1e-6:0.0} s: {s.Challenger?.Version}: {s.Reason}"))];

    /// <inheritdoc/>
    public override void Received(long id, long now) => loop.Received(id, now);

    /// <inheritdoc/>
    public override void Decided(long id, int scheduler, in Request request, in Decision decision, Candidates predictions, long now)
    {
        loop.Decided(id, scheduler, request, decision, predictions, now);
        Count(decision, now);
        while (_open && !_harmed && _seenSteps < loop.Steps.Count) Watch(loop.Steps[_seenSteps++].Evidence);
        if (now < _turnAt) return;
        _turnAt = now + Turn;
        Follow(now);
    }

    /// <inheritdoc/>
    public override void Ended(in Outcome outcome, long now) => loop.Ended(outcome, now);

    /// <inheritdoc/>
    public override void Labelled(long id, bool correct, long now) => loop.Labelled(id, correct, now);

    private void Count(in Decision decision, long now)
    {
        bool isIts = _open && decision.PolicyVersion == _version;
        if (isIts)
        {
            int hour = (int)(now / Hour);
            _served[hour] = _served.GetValueOrDefault(hour) + ((now - _decidedAt) * 1e-6);
            if (decision.Window != _window)
            {
                _windows++;
                if (_harmed) _windowsAfterHarm++;
            }
        }

        (_window, _decidedAt) = (isIts ? decision.Window : int.MinValue, now);
    }

    private void Follow(long now)
    {
        if (!_open)
        {
            if (_next == candidates.Count) ended();
            else Propose(now);
            return;
        }

        if (!_harmed) Watch(_rollout.Evidence);
        if (_rollout.IsIdle && now >= loop.Steps[^1].At + Settled) Close(now);
    }

    // A window that has begun counts as well.
    private void Watch(IReadOnlyList<Evidence> evidence)
    {
        if (evidence.Any(e => Guards.Contains(e.Judge) && e.Lower > 0)) (_harmed, _windowsAfterHarm) = (true, _window == int.MinValue ? 0 : 1);
    }

    private void Propose(long now)
    {
        int steps = loop.Steps.Count;
        if (loop.Learner.Propose(candidates[_next].File, now) is not null)
        {
            _turnAt = now + Settled;
            return;
        }

        (_open, _harmed, _firstStep, _seenSteps, _version) = (true, false, steps, steps, loop.Steps[steps].Challenger!.Version);
        (_proposedAt, _windows, _windowsAfterHarm, _served) = (now, 0, 0, []);
    }

    private void Close(long now)
    {
        IReadOnlyList<RolloutStep> steps = [.. loop.Steps.Skip(_firstStep)];
        RolloutStep last = steps[^1];
        bool stopped = last.State is RolloutState.Rejected or RolloutState.RolledBack;
        _fates.Add(new CandidateFate
        {
            Kind = candidates[_next].Kind, Reached = stopped ? steps[^2].State : last.State, Gate = stopped ? GateOf(last.Reason) : null, Reason = last.Reason,
            Promoted = steps.Any(s => s.State == RolloutState.Active), Seconds = (last.At - _proposedAt) * 1e-6, Windows = _windows,
            WindowsAfterHarm = _windowsAfterHarm, Served = _served, MostCost = _windows == 0 ? 0 : Math.Max(0, _rollout.Cost),
        });
        if (!stopped) _rollout.RollBack("experiment", now);
        (_open, _next) = (false, _next + 1);
    }

    // Such as "TRIAL: misses: +0.42 [0.05, 0.79] points after 9 pairs; rejected".
    private static string GateOf(string reason) => reason.Split(": ")[1];
}
