using StreamSched.Core.Serving;

namespace StreamSched.Demo;

/// <summary>A worker of the demo. Powers and tariffs are assumed, and shown as such.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Site">Where it stands.</param>
/// <param name="Variants">Its models.</param>
/// <param name="Slowdown">About how many times slower than this machine it is; above 1: emulated.</param>
/// <param name="IdleWatts">Assumed power while nothing runs.</param>
/// <param name="ActiveWatts">Assumed power while it runs.</param>
/// <param name="TariffPerHour">Assumed price of an hour.</param>
/// <param name="Times">Assumed batch times by variant, which it emulates.</param>
internal sealed record DemoWorker(
    string Id, string Site, IReadOnlyList<string> Variants, double Slowdown, double IdleWatts, double ActiveWatts, double TariffPerHour,
    IReadOnlyDictionary<string, ServiceTable> Times);
