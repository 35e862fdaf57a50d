using System.Text.Json;
using StreamSched.Core.Cluster;
using StreamSched.Core.Serving;
using StreamSched.Documents;
using StreamSched.Simulation.Scenarios;

namespace StreamSched.Simulation.ScenarioFiles;

/// <summary>Reads model variants and classes of workers, from a scenario itself or from a catalogue file.</summary>
internal sealed class CatalogueReader
{
    private const double Millisecond = 1e-3;
    private readonly Dictionary<string, VariantDefinition> _variants = new(StringComparer.Ordinal);
    private readonly Dictionary<string, WorkerClass> _classes = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, VariantDefinition> Variants => _variants;

    public IReadOnlyDictionary<string, WorkerClass> Classes => _classes;

    /// <summary>Reads a catalogue file by itself.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ScenarioException">Anything is wrong with it.</exception>
    public static CatalogueReader Load(string path)
    {
        CatalogueReader catalogue = new();
        DocumentErrors errors = new();
        try
        {
            using JsonDocument document = JsonDocument.Parse(UserFile.ReadText(path, ScenarioFile.MostBytes), UserJson.Document);
            DocumentNode node = new(document.RootElement, "", errors);
            node.Text("source", "");
            node.Text("licence", "");
            catalogue.Read(node);
            node.Done("catalogue");
        }
        catch (JsonException e)
        {
            errors.Add(UserJson.Fault(e));
        }
        catch (IOException e)
        {
            errors.Add(ScenarioFile.WithoutPath(e, path));
        }

        return errors.All.Count == 0 ? catalogue : throw new ScenarioException(path, errors.All);
    }

    public void Read(DocumentNode node)
    {
        foreach (DocumentNode item in node.Items("variants")) ReadVariant(item);
        foreach (DocumentNode item in node.Items("classes")) ReadClass(item);
    }

    /// <summary>Reads how service times scatter, which is not at all where nothing is said.</summary>
    public static ServiceNoise ReadNoise(DocumentNode node)
    {
        if (node.Any("noise") is not { Kind: JsonValueKind.String } word)
            return new ServiceNoise(node.Number("noise", 0, 0, ServiceNoise.MostSigma), Exponential: false);
        if (word.AsText() != ServiceNoise.ExponentialName) word.Error($"is neither a standard deviation of the logarithm nor '{ServiceNoise.ExponentialName}'");
        return new ServiceNoise(0, Exponential: true);
    }

    private void ReadVariant(DocumentNode node)
    {
        VariantDefinition variant = new(
            node.Name("name"), node.Text("task"), (float)node.Number("accuracy", min: 0, max: 1), (long)(node.Number("memory_mb", 0) * 1e6),
            node.Flag("assumed", false));
        node.Text("source", "");
        node.Done("variant");
        if (!_variants.TryAdd(variant.Name, variant)) node.Error("name", $"there are two variants '{variant.Name}'");
    }

    private void ReadClass(DocumentNode node)
    {
        string name = node.Name("name");
        string source = node.Text("source", ""), registered = node.Text("registered_class", name);
        IReadOnlyList<string> assumed = node.Texts("assumed");
        List<ProcessorDescription> processors = [.. node.Items("processors").Select(ReadProcessor)];
        if (processors.Count == 0) node.Error("processors", "a worker has one at least");
        if (processors.GroupBy(p => p.Id).FirstOrDefault(g => g.Count() > 1) is { } twice) node.Error("processors", $"there are two processors '{twice.Key}'");
        List<ServiceDefinition> services = [];
        foreach (DocumentNode item in node.Items("services"))
        {
            if (ReadService(item, processors) is not { } service) continue;
            if (services.Exists(s => s.Variant == service.Variant && s.Processor == service.Processor))
                item.Error($"there are two of '{service.Variant}' on '{service.Processor}'");
            services.Add(service);
        }

        InterferenceTable interference = node.Part("interference") is { } law
            ? ReadInterference(law, [.. services.Select(s => s.Variant).Distinct()], processors.Sum(p => p.Slots)) : InterferenceTable.None;
        node.Done("class");
        if (!_classes.TryAdd(name, new WorkerClass(name, processors, services, interference) { Registered = registered, Source = source, Assumed = assumed }))
            node.Error("name", $"there are two classes '{name}'");
    }

    private static ProcessorDescription ReadProcessor(DocumentNode node)
    {
        ProcessorDescription processor = new()
        {
            Id = node.Name("id"), Slots = node.Whole("slots", 1, 1, 64), IdleWatts = (float)node.Number("idle_w", 0),
            ActiveWatts = (float)node.Number("active_w", 0), TariffPerHour = (float)node.Number("tariff_per_hour", 0),
            MemoryBytes = (long)(node.Number("memory_mb", 0) * 1e6),
        };
        node.Done("processor");
        return processor;
    }

    private ServiceDefinition? ReadService(DocumentNode node, List<ProcessorDescription> processors)
    {
        string variant = node.Text("variant"), processor = node.Text("processor", processors.Count > 0 ? processors[0].Id : "");
        if (!_variants.TryGetValue(variant, out VariantDefinition? model)) node.Error("variant", $"there is no variant '{variant}'");
        if (processors.Find(p => p.Id == processor) is not { } runner) node.Error("processor", $"there is no processor '{processor}'");
        else if (runner.MemoryBytes > 0 && model?.MemoryBytes > runner.MemoryBytes)
            node.Error("variant",
                $"'{variant}' takes {DocumentNode.Show(model.MemoryBytes / 1e6)} MB, and '{processor}' has {DocumentNode.Show(runner.MemoryBytes / 1e6)}");
        if (ReadTimes(node, "ms") is not { } times)
        {
            node.Error("ms", "needs a time, or a list of [batch size, ms]");
            return null;
        }

        (int[] Batches, float[] Seconds)? registered = ReadTimes(node, "registered_ms");
        int maxBatch = node.Whole("max_batch", times.Batches[^1], 1, 1024);
        ServiceNoise noise = ReadNoise(node);
        node.Done("service");
        return new ServiceDefinition(variant, processor, times.Batches, times.Seconds, maxBatch, noise) { Registered = registered };
    }

    private static (int[] Batches, float[] Seconds)? ReadTimes(DocumentNode node, string key)
    {
        if (node.Any(key) is not { } times) return null;
        if (times.Kind == JsonValueKind.Number) return ([1], [(float)(times.AsNumber(1e-3, 1e7) * Millisecond)]);
        List<int> batches = [];
        List<float> seconds = [];
        foreach (DocumentNode point in times.Items())
        {
            double[] two = [.. point.Items().Select(n => n.AsNumber(1e-6, 1e7))];
            if (two.Length != 2 || two[0] != Math.Truncate(two[0]) || (batches.Count == 0 ? two[0] != 1 : two[0] <= batches[^1]))
            {
                point.Error("is not [batch size, ms] with sizes that ascend from 1");
                return null;
            }

            batches.Add((int)two[0]);
            seconds.Add((float)(two[1] * Millisecond));
        }

        return batches.Count == 0 ? null : ([.. batches], [.. seconds]);
    }

    private static InterferenceTable ReadInterference(DocumentNode node, IReadOnlyList<string> variants, int slots)
    {
        List<InterferenceMatrix> matrices = [];
        foreach (DocumentNode item in node.Items("matrices"))
        {
            float[] factors = [.. item.Items("factors").Select(n => (float)n.AsNumber(1e-3, 1e3))];
            string variant = item.Text("variant"), a = item.Text("company_a"), b = item.Text("company_b", a);
            item.Done("matrix");
            try
            {
                matrices.Add(new InterferenceMatrix(variant, a, b, factors));
            }
            catch (ArgumentException e)
            {
                item.Error("factors", e.Message);
            }
        }

        if (node.Part("per_company") is { } laws)
        {
            Dictionary<string, float[]> byVariant = new(StringComparer.Ordinal);
            foreach ((string key, DocumentNode value) in laws.Members())
            {
                float[] law = [.. value.Items().Select(n => (float)n.AsNumber(1e-3, 1e3))];
                if (law.Length == 0) value.Error("needs the factor for one other, for two, …");
                else if (key != "*" && !variants.Contains(key)) value.Error($"the class runs no variant '{key}'");
                else byVariant.Add(key, law);
            }

            foreach (string variant in variants)
            {
                if (!byVariant.TryGetValue(variant, out float[]? law) && !byVariant.TryGetValue("*", out law)) continue;
                matrices.AddRange(ByNumber(variant, variants, law, slots - 1));
            }
        }

        node.Done("interference");
        return new InterferenceTable(matrices);
    }

    // A law in the number of others, whichever they are, written as matrices for every pair of kinds.
    private static IEnumerable<InterferenceMatrix> ByNumber(string variant, IReadOnlyList<string> variants, float[] law, int others)
    {
        int size = Math.Max(1, others), side = size + 1;
        float[] factors = new float[side * side];
        for (int m = 0; m < side; m++)
            for (int r = 0; r < side; r++) factors[(m * side) + r] = m + r == 0 ? 1 : law[Math.Min(m + r, law.Length) - 1];
        for (int a = 0; a < variants.Count; a++)
            for (int b = variants.Count == 1 ? a : a + 1; b < variants.Count; b++)
                yield return new InterferenceMatrix(variant, variants[a], variants[b], factors);
    }
}
