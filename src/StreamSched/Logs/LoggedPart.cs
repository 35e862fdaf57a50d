namespace StreamSched.Logs;

/// <summary>A part of a log.</summary>
/// <param name="Source">Topic and partition, or the file.</param>
/// <param name="Partition">The partition; -1: a file.</param>
/// <param name="From">First offset; of a file the number of the first record.</param>
/// <param name="To">The end, which is not part of it; of a file as many as there are.</param>
/// <param name="Gone">How many records of the wanted part had left the topic before it could be read.</param>
internal sealed record LoggedPart(string Source, int Partition, long From, long To, long Gone);
