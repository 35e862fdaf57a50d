namespace StreamSched.Logs;

/// <summary>What was read of a log.</summary>
/// <param name="Records">Records.</param>
/// <param name="Unreadable">Records that could not be read.</param>
/// <param name="FirstFault">What was wrong with the first of them; null: nothing.</param>
/// <param name="Gone">Records of the wanted part that had left the topics.</param>
/// <param name="Parts">Where they were.</param>
internal sealed record LogSummary(long Records, long Unreadable, string? FirstFault, long Gone, IReadOnlyList<LoggedPart> Parts)
{
    /// <summary>Makes it.</summary>
    /// <param name="log">The log, read.</param>
    public static LogSummary Of(RecordedLog log) => new(log.Records, log.Unreadable, log.FirstFault, log.Parts.Sum(p => p.Gone), log.Parts);
}
