namespace StreamSched.Learners;

/// <summary>A decision as it waits for its result: the record without its frame, in a buffer that is used again.</summary>
/// <param name="Buffer">The buffer.</param>
/// <param name="Length">How many bytes of it.</param>
internal readonly record struct DecisionBody(byte[] Buffer, int Length)
{
    /// <summary>The encoded record.</summary>
    public ReadOnlySpan<byte> Bytes => Buffer.AsSpan(0, Length);
}
