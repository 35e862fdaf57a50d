using Microsoft.Extensions.Logging;

namespace StreamSched.Hosting;

/// <summary>What the program logs of its own start; ids 3500 to 3599.</summary>
internal static partial class HostingLog
{
    [LoggerMessage(3500, LogLevel.Warning, "{Line}")]
    internal static partial void VariableIgnored(ILogger logger, string line);
}
