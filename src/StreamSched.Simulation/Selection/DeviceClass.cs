using StreamSched.Core.Serving;

namespace StreamSched.Simulation.Selection;

/// <summary>A kind of device, with what was measured on it.</summary>
/// <param name="Name">Its name in the catalogue.</param>
/// <param name="Seconds">[variants]: service time of one request, on the quickest of its processors.</param>
/// <param name="Noise">[variants]: how that scatters.</param>
internal sealed record DeviceClass(string Name, IReadOnlyList<double> Seconds, IReadOnlyList<ServiceNoise> Noise);
