using System.Diagnostics.Metrics;
using StreamSched.Hosting;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Learning.Joins;

namespace StreamSched.Learners;

/// <summary>Everything that a learner measures. docs/operations.md lists it.</summary>
internal sealed class LearnerInstruments : RoleInstruments<LearnerRole>
{
    private static readonly double[] Buckets = [0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1, 2, 5, 10];
    private readonly Histogram<double> _delay;

    /// <summary>Begins to measure.</summary>
    /// <param name="id">The learner's id.</param>
    /// <param name="role">The learner; null: it does not join at the moment.</param>
    public LearnerInstruments(string id, Func<LearnerRole?> role)
        : base(Attributes.Learner, id, role)
    {
        _delay = Histogram(
            "streamsched.learner.join.delay", "s", "From the record that completed a join until its experience was stored.", Buckets);
        Count("streamsched.learner.joined", "{decision}", "Decisions with their result.", c => c.Joined);
        Count("streamsched.learner.defaulted", "{decision}", "Decisions whose result did not come.", c => c.Defaulted);
        Count("streamsched.learner.revised", "{decision}", "Corrections by feedback.", c => c.Revised);
        Count("streamsched.learner.skipped", "{decision}", "Joined ones from which nothing is to be learned.", c => c.Skipped);
        Count("streamsched.learner.orphans", "{result}", "Results whose decision did not come.", c => c.Orphans);
        Count("streamsched.learner.duplicates", "{result}", "Results after the first of their request.", c => c.Duplicates);
        Count("streamsched.learner.dangling", "{feedback}", "Feedback on requests that the device did not make, or that are not known any more.",
            c => c.Dangling);
        Count("streamsched.learner.repeated_feedback", "{feedback}", "Feedback that says nothing new.", c => c.RepeatedFeedback);
        Count("streamsched.learner.overflowed", "{request}", "Requests that gave way because too many waited.", c => c.Overflowed);
        Counter<long>("streamsched.learner.unreadable", "{record}", "Records that could not be read.", _ => [new(Unreadable, Id)]);
        Counter<long>("streamsched.learner.labels", "{label}", "Labels that were learned from.", r => [new(r.Learning?.Learner?.Labels ?? 0, Id)]);
        Counter<long>("streamsched.learner.proposals", "{version}", "Versions that were proposed.", r => [new(r.Learning?.Learner?.Proposals ?? 0, Id)]);
        Gauge<double>(
            "streamsched.learner.held_out.gain", "1",
            "By how much what learns foretells better than what serves, on outcomes that it has not learned from: nats of an on-time network, squared errors "
            + "of other policies.",
            r => [new(r.Learning?.Learner?.LatestScore?.Gain ?? 0, Id)]);
        Gauge<double>(
            "streamsched.learner.worth", "1",
            "What was learned is worth so much more than the baseline, in points (hundredths of value per request): estimate and interval, once there is "
            + "one.",
            r => r.Learning?.Learner?.Rollout.Learning is { } worth && double.IsFinite(worth.Upper - worth.Lower)
                ? [Worth(worth.Estimate, "estimate"), Worth(worth.Lower, "lower"), Worth(worth.Upper, "upper")] : []);
        Gauge<int>(
            "streamsched.learner.schedulers", "{scheduler}", "Schedulers that report, by whether they serve what the roll-out says.",
            r => r.Learning is { } learning ? [Schedulers(learning.Schedulers.Following, true), Schedulers(learning.Schedulers.Straying, false)] : []);
        Gauge<int>("streamsched.learner.open", "{request}", "Requests that wait for a decision or a result.", r => [new(r.OpenCount, Id)]);
    }

    /// <summary>Records that could not be read.</summary>
    public long Unreadable { get; set; }

    /// <summary>Whether anybody wants to know how long joins take.</summary>
    public bool TimesJoins => _delay.Enabled;

    /// <summary>Takes note of an experience that was stored.</summary>
    /// <param name="micros">Since the record that completed it.</param>
    public void Joined(long micros) => _delay.Record(Math.Max(0, micros) * 1e-6);

    private Measurement<double> Worth(double points, string bound) => new(points, Id, new(Attributes.Bound, bound));

    private Measurement<int> Schedulers(int count, bool follow) => new(count, Id, new(Attributes.Follows, follow));

    private void Count(string name, string unit, string description, Func<JoinCounters, long> count) =>
        Counter<long>(name, unit, description, r => [new(r.Sum(count), Id)]);
}
