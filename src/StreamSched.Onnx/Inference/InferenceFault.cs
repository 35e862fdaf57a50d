namespace StreamSched.Onnx.Inference;

/// <summary>Why an item got no answer. The rest of its batch is answered all the same.</summary>
public enum InferenceFault
{
    /// <summary>It was answered.</summary>
    None,

    /// <summary>The payload's length or shape is not the model's: the sender's fault.</summary>
    Shape,

    /// <summary>The encoding is not supported, or not for this model: the sender's fault.</summary>
    Encoding,

    /// <summary>
    /// The tensor holds NaN or an infinity: the sender's fault. Refused, because one such value makes every score NaN or, worse, a confident
    /// answer to a question that nobody asked.
    /// </summary>
    NotFinite,

    /// <summary>The model is not here, failed, or answered with a value that is not finite: the worker's fault.</summary>
    Model,
}
