using System.Text.Json;
using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Documents;

namespace StreamSched.Hosting;

/// <summary>The installation's settings that are no options: sites and links, tasks, users, what outcomes are worth. JSON, see docs/settings.md.</summary>
internal sealed record SettingsFile
{
    private const double GreatestDeadlineMillis = 3_600_000, LeastDeadlineMillis = 0.001, GreatestDelayMillis = 60_000;
    private const long MostBytes = 1 << 24;

    /// <summary>Links between sites.</summary>
    public IReadOnlyList<LinkSetting> Links { get; init; } = [];

    /// <summary>Within a site for which nothing is given.</summary>
    public LinkSetting Local { get; init; } = new() { LatencyMs = 0.5, JitterMs = 0.2 };

    /// <summary>Between sites for which nothing is given.</summary>
    public LinkSetting Other { get; init; } = new() { LatencyMs = 5, JitterMs = 1 };

    /// <summary>Deadlines of requests that bring none by task, in milliseconds.</summary>
    public IReadOnlyDictionary<string, double> Tasks { get; init; } = new Dictionary<string, double>();

    /// <summary>Quality floors of requests that bring none by user, 0..1.</summary>
    public IReadOnlyDictionary<string, float> Users { get; init; } = new Dictionary<string, float>();

    /// <summary>What outcomes are worth: balanced, latency, energy, accuracy or throughput.</summary>
    public string Value { get; init; } = "accuracy";

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="UsageException">It cannot be read; the message names everything that is wrong, each with its path and line.</exception>
    public static SettingsFile Read(string path)
    {
        DocumentErrors errors = new();
        SettingsFile settings;
        try
        {
            string text = UserFile.ReadText(path, MostBytes);
            DocumentLines lines = new(text, UserJson.Reader);
            using JsonDocument document = JsonDocument.Parse(text, UserJson.Document with { AllowDuplicateProperties = true });
            errors.Place = place => $"line {lines.Of(place)}";
            foreach ((string place, int line) in lines.Repeated) errors.Add($"{place} (line {line}): is given a second time");
            settings = Read(new DocumentNode(document.RootElement, "", errors));
        }
        catch (JsonException fault)
        {
            throw new UsageException($"{path}: {UserJson.Fault(fault)}");
        }
        catch (IOException exception)
        {
            throw new UsageException(exception.Message);
        }

        return errors.All.Count == 0 ? settings : throw new UsageException(errors.All, $"{path}:");
    }

    /// <summary>The map of sites and links.</summary>
    public NetworkMap Network()
    {
        NetworkMap map = new(Local.ToLink(), Other.ToLink());
        foreach (LinkSetting link in Links) map.Set(link.From!, link.To!, link.ToLink());
        return map;
    }

    internal static SettingsFile Read(DocumentNode node)
    {
        SettingsFile defaults = new();
        List<LinkSetting> links = [];
        foreach (DocumentNode item in node.Items("links"))
        {
            LinkSetting link = ReadLink(item, new LinkSetting { From = item.Text("from"), To = item.Text("to") });
            if (item.Has("from") && link.From!.Length == 0) item.Error("from", "is empty");
            if (item.Has("to") && link.To!.Length == 0) item.Error("to", "is empty");
            if (links.Exists(l => (l.From == link.From && l.To == link.To) || (l.From == link.To && l.To == link.From)))
                item.Error($"there is a link between '{link.From}' and '{link.To}' already");
            links.Add(link);
        }

        LinkSetting local = node.Part("local") is { } inside ? ReadLink(inside, new LinkSetting()) : defaults.Local;
        LinkSetting other = node.Part("other") is { } between ? ReadLink(between, new LinkSetting()) : defaults.Other;
        Dictionary<string, double> tasks = new(StringComparer.Ordinal);
        foreach ((string name, DocumentNode task) in node.Part("tasks")?.Members() ?? [])
        {
            tasks[name] = task.Number("deadlineMs", 1000, LeastDeadlineMillis, GreatestDeadlineMillis);
            task.Done("task");
        }

        Dictionary<string, float> users = new(StringComparer.Ordinal);
        foreach ((string name, DocumentNode user) in node.Part("users")?.Members() ?? [])
        {
            users[name] = (float)user.Number("minAccuracy", 0, 0, 1);
            user.Done("user");
        }

        string value = node.Text("value", defaults.Value);
        if (!ValueWeights.Presets.ContainsKey(value)) node.Error("value", $"there is no '{value}'; there are: {string.Join(", ", ValueWeights.Presets.Keys)}");
        node.Done("settings");
        return new SettingsFile { Links = links, Local = local, Other = other, Tasks = tasks, Users = users, Value = value };
    }

    private static LinkSetting ReadLink(DocumentNode node, LinkSetting link)
    {
        link = link with
        {
            LatencyMs = node.Number("latencyMs", 0, 0, GreatestDelayMillis),
            JitterMs = node.Number("jitterMs", 0, 0, GreatestDelayMillis),
            MbitPerSecond = node.Has("mbitPerSecond") ? node.Number("mbitPerSecond", null, 1e-3, 1e9) : null,
            CostPerGigabyte = node.Number("moneyPerGigabyte", 0, 0, 1e9),
        };
        node.Done("link");
        return link;
    }
}
