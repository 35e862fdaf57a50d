using System.Text.Json;
using System.Text.RegularExpressions;
using StreamSched.Documents;

namespace StreamSched.Onnx.Models;

/// <summary>Reads and checks manifests. Every complaint names the file and the JSON path, all of them at once where the file could be read.</summary>
internal static partial class ManifestReader
{
    public static ModelManifest Read(string file, ReadOnlySpan<byte> json)
    {
        ModelManifest manifest;
        try
        {
            manifest = JsonSerializer.Deserialize(UserJson.Utf8(json), ManifestJson.Default.ModelManifest)
                ?? throw new JsonException("The file holds null.", "$", null, null);
        }
        catch (JsonException e)
        {
            throw new ModelException($"{file}: {UserJson.Fault(e)}. models/README.md describes the manifest.", e);
        }

        var complaints = Check(manifest).ToList();
        return complaints.Count == 0
            ? manifest
            : throw new ModelException($"{file}: {string.Join("; ", complaints)}. models/README.md describes the manifest.");
    }

    private static IEnumerable<string> Check(ModelManifest manifest)
    {
        if (!TaskName().IsMatch(manifest.Task))
            yield return "$.task must be 1 to 64 of a-z, 0-9 and '-'";
        if (!(manifest.Accuracy is >= 0 and <= 1))
            yield return $"$.accuracy is {manifest.Accuracy}, it must be within 0 and 1 (a share, not per cent)";
        if (manifest.AccuracyImages < 1)
            yield return $"$.accuracyImages is {manifest.AccuracyImages}, it must be at least 1";
        if (manifest.MaxBatch is < 1 or > ModelManifest.LargestBatch)
            yield return $"$.maxBatch is {manifest.MaxBatch}, it must be within 1 and {ModelManifest.LargestBatch}";
        foreach (var (path, text) in new[]
                 {
                     ("$.input.name", manifest.Input.Name), ("$.output.name", manifest.Output.Name), ("$.licence", manifest.Licence),
                     ("$.attribution", manifest.Attribution), ("$.source", manifest.Source),
                 })
        {
            if (string.IsNullOrWhiteSpace(text))
                yield return $"{path} is empty";
        }

        foreach (var complaint in CheckInput(manifest.Input))
            yield return complaint;

        var classifies = manifest.Output.Kind != OutputKind.Tensor;
        if (classifies && manifest.Labels.Count < 2)
            yield return $"$.labels needs the names of at least two classes, because $.output.kind is {manifest.Output.Kind.ToString().ToLowerInvariant()}";
        if (!classifies && manifest.Labels.Count > 0)
            yield return "$.labels must be left out, because $.output.kind is tensor";
        for (var i = 0; i < manifest.Labels.Count; i++)
        {
            if (string.IsNullOrWhiteSpace(manifest.Labels[i]))
                yield return $"$.labels[{i}] is empty";
        }
    }

    private static IEnumerable<string> CheckInput(ModelInput input)
    {
        if (input.Shape.Count is 0 or > 4)
            yield return $"$.input.shape has {input.Shape.Count} dimensions, it must have 1 to 4 (without the batch)";
        for (var i = 0; i < input.Shape.Count; i++)
        {
            if (input.Shape[i] is < 1 or > MaxElements)
                yield return $"$.input.shape[{i}] is {input.Shape[i]}, it must be within 1 and {MaxElements}";
        }

        if (input.Shape.Aggregate(1.0, (product, dimension) => product * dimension) > MaxElements)
            yield return $"$.input.shape has more than {MaxElements} values";
        if (!(input.PixelScale > 0) || !float.IsFinite(input.PixelScale))
            yield return $"$.input.pixelScale is {input.PixelScale}, it must be positive";

        if (input.Layout is not null && input.Shape.Count != 3)
            yield return $"$.input.layout says where the channels of an image are, but $.input.shape has {input.Shape.Count} dimensions and not 3";
        for (var i = 0; i < input.Encodings.Count; i++)
        {
            if (!input.Accepts(input.Encodings[i]))
            {
                yield return $"$.input.encodings[{i}] is {input.Encodings[i].ToString().ToLowerInvariant()}, but $.input.shape has {input.Channels} channels: "
                    + "grey8 is for 1, rgb8 for 3, png and jpeg for either";
            }
        }

        foreach (var (path, values) in new[] { ("$.input.mean", input.Mean), ("$.input.deviation", input.Deviation) })
        {
            if (values.Count != 0 && values.Count != input.Channels)
                yield return $"{path} has {values.Count} values, it must have one per channel ({input.Channels}) or none";
        }

        for (var i = 0; i < input.Deviation.Count; i++)
        {
            if (!(input.Deviation[i] > 0))
                yield return $"$.input.deviation[{i}] is {input.Deviation[i]}, it must be positive";
        }
    }

    // 64 Mi values are 256 MiB per item: beyond that a typing error is likelier than a model.
    private const int MaxElements = 64 << 20;

    [GeneratedRegex("^[a-z0-9-]{1,64}$")]
    private static partial Regex TaskName();
}
