using System.CommandLine;
using StreamSched.Core.Serving;
using StreamSched.Hosting;

namespace StreamSched.Commands;

/// <summary><c>--noise</c>: how the service times of emulated devices scatter.</summary>
internal static class NoiseOption
{
    /// <summary>The option.</summary>
    /// <param name="description">What it does, before how it is written.</param>
    public static Option<string> Create(string description) => new Option<string>("--noise")
    {
        Description = $"{description} Each batch takes its mean time, times a random factor of mean 1: the standard deviation of its logarithm, such as 0.3, "
            + $"or {ServiceNoise.ExponentialName}. A batch is never quicker than it really was.",
    }.Checked((text, name) =>
    {
        if (!ServiceNoise.TryParse(text, out _))
            throw new UsageException($"{name} is '{text}': give a number from 0 to {ServiceNoise.MostSigma:0}, or {ServiceNoise.ExponentialName}");
    });

    /// <summary>What it says; none where it was not given.</summary>
    /// <param name="text">The option's value, checked.</param>
    public static ServiceNoise Read(string? text) => text is not null && ServiceNoise.TryParse(text, out ServiceNoise noise) ? noise : default;
}
