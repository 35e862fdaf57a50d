namespace StreamSched.Analysis.Twins;

/// <summary>How long a way between two sites took.</summary>
/// <param name="From">Where it begins.</param>
/// <param name="To">Where it ends.</param>
/// <param name="Delay">As it is most of the time.</param>
/// <param name="Predicted">What schedulers thought, in seconds; NaN: they did not say.</param>
/// <param name="Levels">When it took longer or less.</param>
internal sealed record WayFit(string From, string To, DelayFit Delay, double Predicted, IReadOnlyList<(double From, double To, double Factor)> Levels)
{
    /// <summary>Finds out how a way was.</summary>
    /// <param name="from">Where it begins.</param>
    /// <param name="to">Where it ends.</param>
    /// <param name="samples">Instant, seconds that it took, and seconds that schedulers thought, which may be NaN; in the order of time.</param>
    /// <param name="duration">Seconds.</param>
    public static WayFit Of(string from, string to, IReadOnlyList<(double At, double Seconds, double Predicted)> samples, double duration)
    {
        double usual = Math.Max(1e-5, Twins.Levels.Median(samples.Select(s => s.Seconds)));
        var levels = Twins.Levels.Of([.. samples.Select(s => (s.At, Math.Max(1e-5, s.Seconds) / usual))], duration);
        DelayFit delay = DelayFit.Of(samples.Select(s => s.Seconds / Twins.Levels.At(levels, s.At)));
        return new WayFit(from, to, delay, Twins.Levels.Median(samples.Select(s => s.Predicted).Where(double.IsFinite)), levels);
    }
}
