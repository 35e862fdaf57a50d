using System.Globalization;
using System.Text.Json;
using StreamSched.Core.Policies;
using StreamSched.Documents;

namespace StreamSched.Core.PolicyFiles;

/// <summary>Constants of the price rule by name, as a policy file holds them.</summary>
public static class RuleConstantsText
{
    /// <summary>The note of an ONNX file's metadata that holds them, as a JSON object.</summary>
    public const string Note = "constants";

    /// <summary>The constants by name.</summary>
    /// <param name="constants">The constants.</param>
    public static IReadOnlyDictionary<string, double> Write(RuleConstants constants) => new Dictionary<string, double>
    {
        ["capacityWeight"] = Short(constants.CapacityWeight), ["targetUtilisation"] = Short(constants.TargetUtilisation),
        ["deviationFloor"] = Short(constants.OnTime.Floor), ["deviationPerRun"] = Short(constants.OnTime.PerBatchTime),
        ["deviationPerNetwork"] = Short(constants.OnTime.PerNetwork), ["deviationPerBacklog"] = Short(constants.OnTime.PerBacklog),
        ["hazard"] = Short(constants.Price.Hazard), ["rejectScore"] = Short(constants.Price.RejectScore), ["temperature"] = Short(constants.Price.Temperature),
    };

    /// <summary>Reads them; what is not named stays as it is by default.</summary>
    /// <param name="values">By name.</param>
    /// <exception cref="PolicyFileException">A name is not known, or a value is out of range.</exception>
    public static RuleConstants Read(IReadOnlyDictionary<string, double> values)
    {
        RuleConstants constants = new();
        foreach ((string name, double value) in values)
        {
            float v = (float)value;
            constants = name switch
            {
                "capacityWeight" => constants with { CapacityWeight = v },
                "targetUtilisation" => constants with { TargetUtilisation = v },
                "deviationFloor" => constants with { OnTime = constants.OnTime with { Floor = v } },
                "deviationPerRun" => constants with { OnTime = constants.OnTime with { PerBatchTime = v } },
                "deviationPerNetwork" => constants with { OnTime = constants.OnTime with { PerNetwork = v } },
                "deviationPerBacklog" => constants with { OnTime = constants.OnTime with { PerBacklog = v } },
                "hazard" => constants with { Price = constants.Price with { Hazard = v } },
                "rejectScore" => constants with { Price = constants.Price with { RejectScore = v } },
                "temperature" => constants with { Price = constants.Price with { Temperature = v } },
                _ => throw new PolicyFileException(
                    $"constants.{name}: there is no such constant; there are: {string.Join(", ", Write(new RuleConstants()).Keys)}"),
            };
        }

        return constants.Validate() is { Count: > 0 } errors ? throw new PolicyFileException("constants." + string.Join("; constants.", errors)) : constants;
    }

    /// <summary>Those in a file's metadata; null: it has none.</summary>
    /// <param name="metadata">The metadata.</param>
    /// <exception cref="PolicyFileException">They cannot be read.</exception>
    public static RuleConstants? Read(PolicyMetadata metadata)
    {
        if (!metadata.Notes.TryGetValue(Note, out string? text)) return null;
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, double>>(text) is { } values ? Read(values) : null;
        }
        catch (JsonException exception)
        {
            throw new PolicyFileException($"the note '{Note}' cannot be read: {UserJson.Fault(exception)}", exception);
        }
    }

    /// <summary>Metadata with the constants in it.</summary>
    /// <param name="metadata">The metadata.</param>
    /// <param name="constants">The constants.</param>
    public static PolicyMetadata Into(PolicyMetadata metadata, RuleConstants constants) =>
        metadata with { Notes = new Dictionary<string, string>(metadata.Notes) { [Note] = JsonSerializer.Serialize(Write(constants)) } };

    // 0.9, not 0.89999998: the shortest text that reads back as the same single.
    private static double Short(float value) => double.Parse(value.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
