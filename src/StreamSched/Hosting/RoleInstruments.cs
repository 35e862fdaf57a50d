using System.Diagnostics.Metrics;
using StreamSched.Kafka.Diagnostics;

namespace StreamSched.Hosting;

/// <summary>
/// What the instruments of every role have: a meter, the role's id in its measurements, and values that are read from the role when somebody collects.
/// </summary>
/// <typeparam name="TRole">The role.</typeparam>
/// <param name="attribute">What the id is called in measurements.</param>
/// <param name="id">The role's id.</param>
/// <param name="role">The role, asked when somebody collects; null: it does not work at the moment, and has nothing to tell.</param>
internal abstract class RoleInstruments<TRole>(string attribute, string id, Func<TRole?> role) : IDisposable
    where TRole : class
{
    /// <summary>Makes the instruments.</summary>
    protected Meter Meter { get; } = new(Tracing.Name);

    /// <summary>The role's id, for every measurement.</summary>
    protected KeyValuePair<string, object?> Id { get; } = new(attribute, id);

    /// <inheritdoc/>
    public void Dispose() => Meter.Dispose();

    /// <summary>A gauge whose values are read from the role.</summary>
    protected ObservableGauge<T> Gauge<T>(string name, string unit, string description, Func<TRole, IEnumerable<Measurement<T>>> values)
        where T : struct => Meter.CreateObservableGauge(name, () => Of(values), unit, description);

    /// <summary>A counter whose values are read from the role.</summary>
    protected void Counter<T>(string name, string unit, string description, Func<TRole, IEnumerable<Measurement<T>>> values)
        where T : struct => Meter.CreateObservableCounter(name, () => Of(values), unit, description);

    /// <summary>A histogram with these bounds of its buckets.</summary>
    protected Histogram<T> Histogram<T>(string name, string unit, string description, T[] buckets)
        where T : struct => Meter.CreateHistogram(name, unit, description, null, new InstrumentAdvice<T> { HistogramBucketBoundaries = buckets });

    /// <summary>A gauge of the conditions that hold.</summary>
    protected void Conditions(string name, Func<TRole, Conditions> conditions) => Gauge(
        name, "{condition}", "Conditions that hold, by code: docs/operations.md lists them.",
        r => conditions(r).InForce.CountBy(c => c.Code).Select(c => new Measurement<int>(c.Value, Id, new(Attributes.Condition, c.Key))));

    private IEnumerable<Measurement<T>> Of<T>(Func<TRole, IEnumerable<Measurement<T>>> values)
        where T : struct => role() is { } works ? values(works) : [];
}
