namespace StreamSched.Core.OnlineLearning;

/// <summary>A checkpoint cannot be read, or belongs to another training. The message says which file and why.</summary>
public sealed class CheckpointException : Exception
{
    /// <summary>With a message.</summary>
    /// <param name="message">What is wrong.</param>
    /// <param name="inner">Its cause.</param>
    public CheckpointException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
