using StreamSched.Core.Serving;

namespace StreamSched.Workers;

/// <summary>A device and a link that a worker of the demo emulates: the same on every machine, and changing while it runs.</summary>
/// <param name="Times">Batch times by variant, which stand for measured ones.</param>
/// <param name="Pace">Factor by which the device is slower at present than these times.</param>
/// <param name="LinkDelay">One-way delay of the link to it at present: work arrives so long after it was sent, and results leave so much later; zero: none.
/// </param>
internal sealed record WorkerEmulation(IReadOnlyDictionary<string, ServiceTable> Times, Func<double> Pace, Func<TimeSpan> LinkDelay);
