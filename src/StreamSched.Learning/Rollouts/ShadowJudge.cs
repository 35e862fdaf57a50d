using System.Globalization;
using StreamSched.Core.Policies;

namespace StreamSched.Learning.Rollouts;

/// <summary>Judges a challenger that serves nothing by what it says of the requests that others served.</summary>
/// <param name="settings">What it may do.</param>
internal sealed class ShadowJudge(RolloutSettings settings)
{
    private const double NetUtilityPairs = 2000;
    private readonly Forecasters _forecasters = new(settings.ShadowAlpha / 2);
    private readonly MeanSequence _netUtility = new(settings.ShadowAlpha / 2, NetUtilityPairs, settings.ShadowOutcomes);
    private long _chose, _disagreed, _overran, _notFinite;

    /// <summary>Requests for which it was asked.</summary>
    public long Asked { get; private set; }

    /// <summary>What is known so far.</summary>
    public IReadOnlyList<Evidence> Evidence =>
        [_forecasters.Worse, _netUtility.Evaluate("net utility"), Share("disagreement", _disagreed), Share("decision time", _overran)];

    /// <summary>Takes in what it said of a request.</summary>
    /// <param name="outcome">The request.</param>
    public void Observe(in RolloutOutcome outcome)
    {
        ShadowOutcome shadow = outcome.Shadow;
        if (!shadow.Asked) return;
        Asked++;
        if (shadow.Choice != ShadowChoice.None) _chose++;
        if (shadow.Choice == ShadowChoice.Other) _disagreed++;
        if (shadow.Choice == ShadowChoice.Slow) _overran++;
        bool finite = shadow.Choice != ShadowChoice.Invalid && float.IsFinite(shadow.ChallengerLogit ?? 0) && double.IsFinite(shadow.NetUtility ?? 0);
        if (!finite) _notFinite++;
        else if (shadow.NetUtility is { } netUtility) _netUtility.Add(netUtility);
        if (finite && shadow is { ChampionLogit: { } champion, ChallengerLogit: { } challenger } && float.IsFinite(champion))
            _forecasters.Add(champion, challenger, outcome.OnTime);
    }

    /// <summary>Which gate stops it, with the figure; null: none so far.</summary>
    public string? Stops()
    {
        if (_notFinite > 0) return string.Create(CultureInfo.InvariantCulture, $"finite: {_notFinite} of {Asked} answers are no numbers or no choices");
        if (_forecasters.Worse is { Lower: > 0 } worse) return string.Create(CultureInfo.InvariantCulture, $"forecasters: worse by {worse} nats");
        if (_netUtility.Evaluate("net utility") is { Upper: < 0 } net) return $"net utility: {net} points";
        if (Asked < settings.ShadowOutcomes || _chose < settings.ShadowChoices) return null;
        if (_disagreed > settings.MostDisagreement * _chose) return Exceeds("disagreement", _disagreed, settings.MostDisagreement);
        return _overran > settings.MostOverruns * _chose ? Exceeds("decision time", _overran, settings.MostOverruns) : null;
    }

    /// <summary>
    /// Whether enough is known, and none of it is clearly worse. A challenger without forecasts is not judged by them, nor by its choices where schedulers do
    /// not tell them.
    /// </summary>
    public bool Passes()
    {
        Evidence worse = _forecasters.Worse;
        return Asked >= settings.ShadowOutcomes && (_chose == 0 || _chose >= settings.ShadowChoices)
            && (worse.Count == 0 || (worse.Count >= settings.ShadowOutcomes && worse.Upper <= settings.ScoreMargin));
    }

    private Evidence Share(string judge, long count)
    {
        double share = _chose == 0 ? 0 : (double)count / _chose;
        return new Evidence(judge, _chose, share, share, share, 0);
    }

    private string Exceeds(string gate, long count, double most) =>
        string.Create(CultureInfo.InvariantCulture, $"{gate}: {100.0 * count / _chose:0.0} % of {_chose} requests, more than {100 * most:0.0} %");
}
