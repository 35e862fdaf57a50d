using System.Text.Json.Serialization;

namespace StreamSched.Onnx.Models;

/// <summary>How a model's output is to be read.</summary>
public enum OutputKind
{
    /// <summary>Unnormalised scores per class; answers carry their softmax.</summary>
    [JsonStringEnumMemberName("logits")]
    Logits,

    /// <summary>Probabilities per class, passed on as they are.</summary>
    [JsonStringEnumMemberName("probabilities")]
    Probabilities,

    /// <summary>Anything else, passed on as it is.</summary>
    [JsonStringEnumMemberName("tensor")]
    Tensor,
}
