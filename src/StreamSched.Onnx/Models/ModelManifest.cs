using System.Text.Json.Serialization;

namespace StreamSched.Onnx.Models;

/// <summary>
/// What nobody can read from an ONNX file: the task that a model serves, how good it is and where it came from. One JSON file of this form
/// lies beside each model (<c>NAME.json</c> beside <c>NAME.onnx</c>); the variant is called like its files.
/// </summary>
public sealed record ModelManifest
{
    // What may be left out has a setter: the generated reader would overwrite the default of an init-only property.

    /// <summary>What the model answers, such as <c>fashion</c>: requests name a task, never a variant.</summary>
    public required string Task { get; init; }

    /// <summary>One line for people.</summary>
    [JsonInclude]
    public string Description { get; internal set; } = "";

    /// <summary>Share of right answers, 0..1, on <see cref="AccuracyImages"/> samples that were kept out of training.</summary>
    public required float Accuracy { get; init; }

    /// <summary>On how many samples <see cref="Accuracy"/> was measured: 93 % of 50 says less than 93 % of 10,000.</summary>
    public required int AccuracyImages { get; init; }

    /// <summary>The one input tensor.</summary>
    public required ModelInput Input { get; init; }

    /// <summary>The one output tensor that answers.</summary>
    public required ModelOutput Output { get; init; }

    /// <summary>Class names by index; empty for models whose output is a plain tensor.</summary>
    [JsonInclude]
    public IReadOnlyList<string> Labels { get; internal set; } = [];

    /// <summary>Largest batch that the model may be run with, 1 to <see cref="LargestBatch"/>.</summary>
    [JsonInclude]
    public int MaxBatch { get; internal set; } = LargestBatch;

    /// <summary>SPDX expression of the model file's licence.</summary>
    public required string Licence { get; init; }

    /// <summary>Whom the model and its training data are owed to.</summary>
    public required string Attribution { get; init; }

    /// <summary>Where the file came from: an address, or the script that trained it.</summary>
    public required string Source { get; init; }

    /// <summary>Upper end of <see cref="MaxBatch"/>: what is measured before a worker registers goes from 1 to here.</summary>
    public const int LargestBatch = 16;
}
