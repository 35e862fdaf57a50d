namespace StreamSched.Onnx;

/// <summary>A model, its manifest or its settings cannot be used. The message says what to change.</summary>
public sealed class ModelException : Exception
{
    /// <summary>Creates the exception without a message.</summary>
    public ModelException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong and what to change.</param>
    public ModelException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong and what to change.</param>
    /// <param name="innerException">What was met.</param>
    public ModelException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
