using System.Text.Json.Serialization;

namespace StreamSched.Onnx.Profiling;

/// <summary>One entry of D_variant: the time of one inference of a variant while others run.</summary>
public sealed record InterferenceCell
{
    /// <summary>The added model, one of the record's two.</summary>
    public required string Variant { get; init; }

    /// <summary>m: how many of the record's first model run beside it.</summary>
    [JsonPropertyName("companyA")]
    public required int CoRunnerA { get; init; }

    /// <summary>r: how many of the record's second model run beside it.</summary>
    [JsonPropertyName("companyB")]
    public required int CoRunnerB { get; init; }

    /// <summary>Median over its median alone.</summary>
    public required double Factor { get; init; }

    /// <summary>Median of the samples.</summary>
    public required double MedianMicros { get; init; }

    /// <summary>Number of samples.</summary>
    public required int Samples { get; init; }

    /// <summary>Inferences per sample; a sample is their mean time.</summary>
    public required int RunsPerSample { get; init; }

    /// <summary>Every sample, µs per inference, in the order of measurement.</summary>
    public required IReadOnlyList<double> SamplesMicros { get; init; }
}
