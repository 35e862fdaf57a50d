using StreamSched.Core.Requests;

namespace StreamSched.Onnx.Inference;

/// <summary>The words for faults in results.</summary>
public static class InferenceFaultReasons
{
    /// <summary>The <c>reason</c> of a FAILED result.</summary>
    /// <param name="fault">Why there is no answer.</param>
    /// <returns>The reason, or null for <see cref="InferenceFault.None"/>.</returns>
    public static string? Reason(this InferenceFault fault) => fault switch
    {
        InferenceFault.None => null,
        InferenceFault.Shape => AnswerReason.Shape,
        InferenceFault.Encoding => AnswerReason.Encoding,
        InferenceFault.NotFinite => AnswerReason.NotFinite,
        _ => AnswerReason.Model,
    };
}
