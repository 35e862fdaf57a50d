namespace StreamSched.Hosting;

/// <summary>A role cannot run as it was asked to; the message says what to change.</summary>
/// <param name="message">What is wrong.</param>
/// <param name="problems">Details, one line each.</param>
internal sealed class RoleException(string message, params IReadOnlyList<string> problems) : Exception(message)
{
    /// <summary>Details, one line each.</summary>
    public IReadOnlyList<string> Problems => problems;
}
