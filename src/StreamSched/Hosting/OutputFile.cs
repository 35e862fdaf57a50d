using System.Text;
using StreamSched.Documents;

namespace StreamSched.Hosting;

/// <summary>
/// A file for what a command computes. That it can be written is tried before the work begins, and what was computed is never lost: where the file cannot be
/// written at the end after all, it goes to the folder for temporary files.
/// </summary>
/// <param name="path">Where it shall be.</param>
/// <param name="option">The option that says so, for messages.</param>
/// <param name="isReplaced">Whether a new file takes its place as a whole: that must not happen to a device.</param>
internal sealed class OutputFile(string path, string option, bool isReplaced = false)
{
    private static readonly string[] OfTheSystem = ["/dev/", "/proc/", "/sys/"];

    /// <summary>A file that an option names, which cannot be standard output.</summary>
    /// <param name="path">The option's value; null: it was not given.</param>
    /// <param name="option">The option.</param>
    /// <exception cref="UsageException">It names standard output.</exception>
    public static OutputFile? Named(string? path, string option) => path switch
    {
        null => null,
        "-" => throw new UsageException($"{option}: give the name of a file, it is not written to standard output"),
        _ => new OutputFile(path, option),
    };

    /// <summary>Makes the folders of files, and tries whether each can be written. Files that are there keep what they hold.</summary>
    /// <param name="files">The files of one command; null ones are left out.</param>
    /// <exception cref="UsageException">One cannot be written, or two are the same.</exception>
    public static void Check(params IEnumerable<OutputFile?> files)
    {
        Dictionary<string, string> options = new(StringComparer.Ordinal);
        foreach (OutputFile? file in files)
        {
            if (file is null) continue;
            if (file.Path.Length == 0) throw new UsageException($"{file.Option}: the file's name is empty");
            if (file.Path.Contains('\0', StringComparison.Ordinal)) throw new UsageException($"{file.Option}: '{file.Path}' is no name of a file");
            string full = System.IO.Path.GetFullPath(file.Path);
            if (options.TryGetValue(full, out string? other)) throw new UsageException($"{file.Option}: '{file.Path}' is the file of {other}");
            options.Add(full, file.Option);
            file.Try(full);
        }
    }

    private string Path => path;

    private string Option => option;

    /// <summary>Writes the file.</summary>
    /// <param name="write">Writes what belongs into it; called a second time where the first time failed.</param>
    /// <returns>Null, or what went wrong and where the text is instead, in one line.</returns>
    public string? Write(Action<TextWriter> write)
    {
        try
        {
            WriteTo(path, write);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string elsewhere = System.IO.Path.Combine(
                System.IO.Path.GetTempPath(), $"streamsched-{Guid.NewGuid().ToString("N")[..8]}-{System.IO.Path.GetFileName(path)}");
            try
            {
                WriteTo(elsewhere, write);
                return $"{option}: '{path}' cannot be written ({e.Message}); it is in {elsewhere}";
            }
            catch (Exception again) when (again is IOException or UnauthorizedAccessException)
            {
                return $"{option}: '{path}' cannot be written ({e.Message}), and '{elsewhere}' neither ({again.Message})";
            }
        }
    }

    private static void WriteTo(string path, Action<TextWriter> write)
    {
        if (System.IO.Path.GetDirectoryName(path) is { Length: > 0 } folder) Directory.CreateDirectory(folder);
        using StreamWriter to = new(UserFile.OpenToWrite(path, FileMode.Create), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        write(to);
    }

    private void Try(string full)
    {
        try
        {
            if (Directory.Exists(full)) throw new UsageException($"{option}: '{path}' is a folder");
            if (isReplaced && OfTheSystem.Any(folder => full.StartsWith(folder, StringComparison.Ordinal)))
                throw new UsageException($"{option}: '{path}' is no place for a file");
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(full)!);
            bool isNew = !File.Exists(full);
            UserFile.OpenToWrite(full, FileMode.OpenOrCreate).Dispose();
            if (isNew) File.Delete(full);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{option}: '{path}' cannot be written: {e.Message}");
        }
    }
}
