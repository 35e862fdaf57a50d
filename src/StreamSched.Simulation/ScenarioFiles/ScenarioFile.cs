using System.Text.Json;
using System.Text.Json.Nodes;
using StreamSched.Documents;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Workloads;

namespace StreamSched.Simulation.ScenarioFiles;

/// <summary>Reads scenario files, see <c>scenarios/scenario.schema.json</c>.</summary>
public static class ScenarioFile
{
    /// <summary>The most bytes of a scenario, and of a JSON file that it names.</summary>
    internal const long MostBytes = 1 << 26;

    /// <summary>Reads a scenario and the files that it names. A relative name is looked for beside the file that says it, then in the shared folder.</summary>
    /// <param name="path">The file.</param>
    /// <param name="shared">The folder of the scenarios that come with the program; null: there is none.</param>
    /// <exception cref="ScenarioException">Anything is wrong with it, or with a file that it names.</exception>
    public static Scenario Load(string path, string? shared = null) => Load(path, new DocumentErrors(), shared);

    internal static Scenario Load(string path, DocumentErrors errors, string? shared = null)
    {
        DocumentOrigins origins = new(Path.GetFullPath(path), shared);
        return Parse(Read(origins.Main, [], origins, shared), path, origins, errors);
    }

    internal static Scenario Parse(string json, string path) =>
        Parse(JsonNode.Parse(json, null, UserJson.Document), path, new DocumentOrigins(Path.GetFullPath(path), null), new DocumentErrors());

    private static Scenario Parse(JsonNode? root, string path, DocumentOrigins origins, DocumentErrors errors)
    {
        errors.Place = origins.PlaceOf;
        Scenario? scenario = new ScenarioReader(origins, errors)
            .Read(new DocumentNode(JsonSerializer.SerializeToElement(root), "", errors), Path.GetFileNameWithoutExtension(path));
        if (errors.All.Count == 0) foreach (string problem in scenario!.Problems()) errors.Add(problem);
        return errors.All.Count == 0 ? scenario! : throw new ScenarioException(path, errors.All);
    }

    // "extends" names another scenario of which this one says only what is different: objects are merged, everything else replaces.
    private static JsonObject Read(string file, List<string> chain, DocumentOrigins origins, string? shared)
    {
        if (chain.Contains(file))
            throw new ScenarioException(file, [$"extends: {string.Join(" → ", chain.Append(file).Select(Path.GetFileName))} is a circle"]);
        JsonNode? root;
        try
        {
            string text = UserFile.ReadText(file, MostBytes);
            DocumentLines lines = origins.Lines[file] = new DocumentLines(text, UserJson.Reader);
            if (lines.Repeated.Count > 0)
                throw new ScenarioException(file, [.. lines.Repeated.Select(r => $"{r.Path} (line {r.Line}): is given a second time")]);
            root = JsonNode.Parse(text, null, UserJson.Document);
        }
        catch (JsonException e)
        {
            throw new ScenarioException(file, [UserJson.Fault(e)]);
        }
        catch (IOException e)
        {
            throw new ScenarioException(file, [WithoutPath(e, file)]);
        }

        if (root is not JsonObject document) throw new ScenarioException(file, ["is not a JSON object"]);
        if (document["extends"] is not { } other)
        {
            origins.Set("", file);
            return document;
        }

        if (other.GetValueKind() != JsonValueKind.String) throw new ScenarioException(file, ["extends: is not a file name"]);
        string name = other.GetValue<string>(), path = DocumentOrigins.Resolve(file, name, shared);
        if (!File.Exists(path)) path = DocumentOrigins.Resolve(file, name + ".json", shared);
        if (!File.Exists(path))
            throw new ScenarioException(file, [$"extends: there is no scenario '{name}', neither beside this file nor among those that come with the program"]);
        JsonObject origin = Read(path, [.. chain, file], origins, shared);
        document.Remove("extends");
        Merge(origin, document, "", file, origins);
        return origin;
    }

    // What UserFile says begins with the path.
    internal static string WithoutPath(IOException fault, string path) =>
        fault.Message.StartsWith(path + ": ", StringComparison.Ordinal) ? fault.Message[(path.Length + 2)..] : fault.Message;

    private static void Merge(JsonObject into, JsonObject from, string path, string file, DocumentOrigins origins)
    {
        foreach ((string key, JsonNode? value) in from)
        {
            string place = path.Length == 0 ? key : $"{path}.{key}";
            if (value is JsonObject inner && into[key] is JsonObject target)
            {
                Merge(target, inner, place, file, origins);
                continue;
            }

            into[key] = value?.DeepClone();
            origins.Set(place, file);
        }
    }
}
