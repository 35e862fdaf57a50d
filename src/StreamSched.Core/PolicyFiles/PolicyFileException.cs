namespace StreamSched.Core.PolicyFiles;

/// <summary>A policy file cannot be used. The message says what in it is wrong.</summary>
public sealed class PolicyFileException : Exception
{
    /// <summary>With a message.</summary>
    /// <param name="message">What is wrong.</param>
    /// <param name="inner">Its cause.</param>
    public PolicyFileException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
