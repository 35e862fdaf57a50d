namespace StreamSched.Hosting;

/// <summary>The command line or a file that it names asks for what there is not.</summary>
/// <param name="faults">What is wrong, one line each; they say what to change.</param>
/// <param name="head">What all of them are about, such as a file's name; null: each says so itself.</param>
internal sealed class UsageException(IReadOnlyList<string> faults, string? head = null)
    : Exception(head is null ? string.Join('\n', faults) : $"{head}\n  {string.Join("\n  ", faults)}")
{
    /// <summary>One fault.</summary>
    /// <param name="message">What is wrong, and what to change.</param>
    public UsageException(string message)
        : this([message])
    {
    }

    /// <summary>One line each, complete in itself.</summary>
    public IEnumerable<string> Faults => faults.Select(fault => head is null ? fault : $"{head} {fault}");

    /// <summary>The same as a block: what all are about in the first line.</summary>
    public IEnumerable<string> Lines => head is null ? faults : faults.Prepend(head);
}
