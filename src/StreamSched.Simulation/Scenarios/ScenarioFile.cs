using System.Text.Json;
using System.Text.Json.Nodes;

namespace StreamSched.Simulation.Scenarios;

/// <summary>Reads scenario files, see <c>scenarios/scenario.schema.json</c>.</summary>
public static class ScenarioFile
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>Reads a scenario and the files that it names, which are looked for beside it.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ScenarioException">Anything is wrong with it, or with a file that it names.</exception>
    public static Scenario Load(string path) => Load(path, new DocumentErrors());

    internal static Scenario Load(string path, DocumentErrors errors) => Parse(Read(path, []), path, errors);

    internal static Scenario Parse(string json, string path) => Parse(JsonNode.Parse(json, null, Strict), path, new DocumentErrors());

    private static Scenario Parse(JsonNode? root, string path, DocumentErrors errors)
    {
        Scenario? scenario = new ScenarioReader(Path.GetDirectoryName(Path.GetFullPath(path))!, errors)
            .Read(new DocumentNode(JsonSerializer.SerializeToElement(root), "", errors), Path.GetFileNameWithoutExtension(path));
        return errors.All.Count == 0 && scenario is not null ? scenario : throw new ScenarioException(path, errors.All);
    }

    // "extends" names another scenario of which this one says only what is different: objects are merged, everything else replaces.
    private static JsonNode Read(string path, List<string> chain)
    {
        string full = Path.GetFullPath(path);
        if (chain.Contains(full)) throw new ScenarioException(path, [$"extends: {string.Join(" → ", chain.Append(full).Select(Path.GetFileName))} is a circle"]);
        JsonNode? root;
        try
        {
            root = JsonNode.Parse(File.ReadAllText(full), null, Strict);
        }
        catch (JsonException e)
        {
            throw new ScenarioException(path, [$"line {e.LineNumber + 1}: {e.Message}"]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ScenarioException(path, [e is FileNotFoundException or DirectoryNotFoundException ? "there is no such file" : e.Message]);
        }

        if (root is not JsonObject document) throw new ScenarioException(path, ["is not a JSON object"]);
        if (document["extends"] is not { } other) return document;
        if (other.GetValueKind() != JsonValueKind.String) throw new ScenarioException(path, ["extends: is not a file name"]);
        JsonNode origin = Read(Path.Combine(Path.GetDirectoryName(full)!, other.GetValue<string>()), [.. chain, full]);
        document.Remove("extends");
        Merge((JsonObject)origin, document);
        return origin;
    }

    private static void Merge(JsonObject into, JsonObject from)
    {
        foreach ((string key, JsonNode? value) in from)
        {
            if (value is JsonObject inner && into[key] is JsonObject target) Merge(target, inner);
            else into[key] = value?.DeepClone();
        }
    }
}
