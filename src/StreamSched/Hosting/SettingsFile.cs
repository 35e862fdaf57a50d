using System.Text.Json;
using System.Text.Json.Serialization;
using StreamSched.Core.Cluster;
using StreamSched.Core.Scheduling;

namespace StreamSched.Hosting;

/// <summary>The installation's settings that are no options: sites and links, tasks, users, what outcomes are worth. JSON, see docs/settings.md.</summary>
internal sealed record SettingsFile
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, ReadCommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true,
        RespectNullableAnnotations = true,
    };

    /// <summary>Links between sites.</summary>
    public IReadOnlyList<LinkSetting> Links { get; init; } = [];

    /// <summary>Within a site for which nothing is given.</summary>
    public LinkSetting Local { get; init; } = new() { LatencyMs = 0.5, JitterMs = 0.2 };

    /// <summary>Between sites for which nothing is given.</summary>
    public LinkSetting Other { get; init; } = new() { LatencyMs = 5, JitterMs = 1 };

    /// <summary>Tasks by name.</summary>
    public IReadOnlyDictionary<string, TaskSetting> Tasks { get; init; } = new Dictionary<string, TaskSetting>();

    /// <summary>Users by name.</summary>
    public IReadOnlyDictionary<string, UserSetting> Users { get; init; } = new Dictionary<string, UserSetting>();

    /// <summary>What outcomes are worth: balanced, latency, energy, accuracy or throughput.</summary>
    public string Value { get; init; } = "accuracy";

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file; null: the defaults.</param>
    /// <exception cref="UsageException">It cannot be read; the message names the place.</exception>
    public static SettingsFile Read(string? path)
    {
        if (path is null) return new SettingsFile();
        try
        {
            SettingsFile settings = JsonSerializer.Deserialize<SettingsFile>(File.ReadAllText(path), Options) ?? throw new UsageException($"{path}: holds null");
            List<string> errors = settings.Validate();
            return errors.Count == 0 ? settings : throw new UsageException($"{path}:\n  {string.Join("\n  ", errors)}");
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path}: {exception.Message}");
        }
    }

    /// <summary>The map of sites and links.</summary>
    public NetworkMap Network()
    {
        NetworkMap map = new(Local.ToLink(), Other.ToLink());
        foreach (LinkSetting link in Links) map.Set(link.From!, link.To!, link.ToLink());
        return map;
    }

    private List<string> Validate()
    {
        List<string> errors = [];
        for (int i = 0; i < Links.Count; i++)
        {
            if (string.IsNullOrEmpty(Links[i].From) || string.IsNullOrEmpty(Links[i].To)) errors.Add($"$.links[{i}]: needs from and to");
            errors.AddRange(Links[i].Validate($"$.links[{i}]"));
        }

        errors.AddRange(Local.Validate("$.local"));
        errors.AddRange(Other.Validate("$.other"));
        foreach ((string name, TaskSetting task) in Tasks)
            if (task.DeadlineMs is not (> 0 and <= 3_600_000)) errors.Add($"$.tasks.{name}.deadlineMs: {task.DeadlineMs} is not in (0, 3600000]");
        foreach ((string name, UserSetting user) in Users)
            if (user.MinAccuracy is not (>= 0 and <= 1)) errors.Add($"$.users.{name}.minAccuracy: {user.MinAccuracy} is not in 0..1");
        if (!ValueWeights.Presets.ContainsKey(Value)) errors.Add($"$.value: there is no '{Value}'; there are: {string.Join(", ", ValueWeights.Presets.Keys)}");
        return errors;
    }
}
