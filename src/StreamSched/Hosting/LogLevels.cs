using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace StreamSched.Hosting;

/// <summary>
/// From which level on the log is written, by category: <c>Warning,StreamSched.Kafka=Debug</c> writes warnings, and of the category
/// <c>StreamSched.Kafka</c> and those below it debug messages too. Variables of the environment say the same by the names that .NET gives them,
/// <c>STREAMSCHED_Logging__LogLevel__Default</c>; the command line wins, category by category.
/// </summary>
internal sealed class LogLevels
{
    /// <summary>What the variables of the environment begin with.</summary>
    public const string VariablePrefix = "STREAMSCHED_";

    private const string Section = "Logging", Levels = "LogLevel", Default = "Default";
    private readonly Dictionary<string, string?> _settings = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads what the command line says.</summary>
    /// <param name="text">Levels, separated by commas; one without a category is the default.</param>
    /// <param name="option">The option, for messages.</param>
    /// <exception cref="UsageException">A level is none.</exception>
    public static LogLevels Parse(string text, string option)
    {
        LogLevels levels = new();
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            int at = part.IndexOf('=', StringComparison.Ordinal);
            (string category, string level) = at < 0 ? (Default, part) : (part[..at].TrimEnd(), part[(at + 1)..].TrimStart());
            if (category.Length == 0) throw new UsageException($"{option}: '{part}' names no category");
            Check(category, level, option);
            levels._settings[$"{Section}:{Levels}:{category}"] = level;
        }

        return levels;
    }

    /// <summary>Applies the levels: these override the environment's, category by category.</summary>
    /// <param name="logging">What is set up.</param>
    public void AddTo(ILoggingBuilder logging)
    {
        IConfigurationRoot configuration = new ConfigurationBuilder().AddEnvironmentVariables(VariablePrefix).AddInMemoryCollection(_settings).Build();
        IConfigurationSection section = configuration.GetSection(Section);
        LogLevel general = Enum.TryParse(section[$"{Levels}:{Default}"], ignoreCase: true, out LogLevel said) ? said : LogLevel.Information;

        // The server of the health checks logs every question at Information, and every answer "not ready" as an error; the host logs a failure that the
        // command tells of. Roles log their conditions themselves.
        logging.SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", general > LogLevel.Warning ? general : LogLevel.Warning)
            .AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None).AddFilter("Microsoft.Extensions.Hosting", LogLevel.None)
            .AddConfiguration(section);
    }

    /// <summary>What is wrong with the variables of the environment, one line each.</summary>
    public static IReadOnlyList<string> Faults()
    {
        List<string> faults = [];
        IConfigurationSection levels = new ConfigurationBuilder().AddEnvironmentVariables(VariablePrefix).Build().GetSection($"{Section}:{Levels}");
        foreach (IConfigurationSection level in levels.GetChildren())
        {
            try
            {
                Check(level.Key, level.Value ?? "", $"{VariablePrefix}{Section}__{Levels}__{level.Key}");
            }
            catch (UsageException exception)
            {
                faults.AddRange(exception.Faults);
            }
        }

        return faults;
    }

    private static void Check(string category, string level, string source)
    {
        if (category.Count(c => c == '*') > 1) throw new UsageException($"{source}: '{category}' has more than one '*'");
        if (!Enum.TryParse(level, ignoreCase: true, out LogLevel known) || !Enum.IsDefined(known) || int.TryParse(level, out _))
            throw new UsageException($"{source}: there is no level '{level}'; there are {string.Join(", ", Enum.GetNames<LogLevel>())}");
    }
}
