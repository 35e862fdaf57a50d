namespace StreamSched.Hosting;

/// <summary>Folders that commands write into.</summary>
internal static class OutputFolder
{
    /// <summary>Requires a name that a folder can have.</summary>
    /// <param name="folder">What the user gave.</param>
    /// <param name="option">The option.</param>
    /// <exception cref="UsageException">It is none, or there is a file of this name.</exception>
    public static void Check(string folder, string option)
    {
        if (folder.Length == 0) throw new UsageException($"{option}: the folder's name is empty");
        if (folder.Contains('\0', StringComparison.Ordinal)) throw new UsageException($"{option}: '{folder}' is no name of a folder");
        if (File.Exists(folder)) throw new UsageException($"{option}: '{folder}' is a file");
    }
}
