namespace StreamSched.Documents;

/// <summary>
/// Opens files that a user names. A name may lead to anything: a device without end, a pipe into which nobody writes, a file of a terabyte. Whatever it is,
/// reading it ends, and takes no more memory than its reader allows; what is wrong is an <see cref="IOException"/> of one line that begins with the name as it
/// was given.
/// </summary>
public static class UserFile
{
    private const int LongestLine = 1 << 20;

    private const long MostOfPipe = 1 << 26;

    private static readonly TimeSpan PipeLimit = TimeSpan.FromSeconds(5);

    /// <summary>Opens a file. What has no size (pipes, devices, what the kernel shows as files) is read as a whole before this returns.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="mostBytes">The most that is read.</param>
    /// <exception cref="IOException">It cannot be opened, or is a pipe whose writer does not end. The stream throws it, too, once more bytes than allowed
    /// were read.</exception>
    public static Stream Open(string path, long mostBytes)
    {
        if (path.Length == 0) throw new IOException("the file's name is empty");
        if (Directory.Exists(path)) throw new IOException($"{path}: is a folder, not a file");
        FileStream file = InTime(path, () => Opened(path), "nobody writes into this pipe");
        if (file.CanSeek && file.Length > 0) return new LimitedStream(file, path, mostBytes);
        using (file)
            return new MemoryStream(
                InTime(path, () => Rest(file, path, Math.Min(mostBytes, MostOfPipe)), "what comes from there does not end"), writable: false);
    }

    /// <summary>The content of a file.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="mostBytes">The most that it may have.</param>
    /// <exception cref="IOException">It cannot be read, or is larger.</exception>
    public static byte[] ReadBytes(string path, long mostBytes)
    {
        using Stream file = Open(path, mostBytes);
        return Rest(file, path, mostBytes);
    }

    /// <summary>The text of a file in UTF-8, or as its byte order mark says.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="mostBytes">The most that it may have.</param>
    /// <exception cref="IOException">It cannot be read, or is larger.</exception>
    public static string ReadText(string path, long mostBytes)
    {
        using StreamReader reader = new(new MemoryStream(ReadBytes(path, mostBytes)));
        return reader.ReadToEnd();
    }

    /// <summary>Opens a file to read its lines, none of which is longer than a mebibyte.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="mostBytes">The most that is read.</param>
    /// <exception cref="IOException">It cannot be read. The reader throws it, too, where a line or the whole is longer.</exception>
    public static StreamReader OpenLines(string path, long mostBytes) => new(new LineStream(Open(path, mostBytes), path));

    /// <summary>The lines of a file.</summary>
    /// <inheritdoc cref="OpenLines"/>
    public static IEnumerable<string> ReadLines(string path, long mostBytes)
    {
        using StreamReader reader = OpenLines(path, mostBytes);
        while (reader.ReadLine() is { } line) yield return line;
    }

    /// <summary>Opens a file to write to it.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="mode">Whether it is emptied.</param>
    /// <exception cref="IOException">It cannot be opened, or is a pipe that nobody reads.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public static Stream OpenToWrite(string path, FileMode mode) =>
        InTime(path, () => new FileStream(path, mode, FileAccess.Write, FileShare.ReadWrite), "nobody reads this pipe");

    /// <summary>Writes a file; one that is there is replaced at once and whole.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="bytes">All of it.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public static void Replace(string path, ReadOnlySpan<byte> bytes)
    {
        string temporary = path + ".tmp";
        using (FileStream file = File.Create(temporary))
        {
            file.Write(bytes);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    private static FileStream Opened(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new FileNotFoundException($"{path}: there is no such file", path);
        }
        catch (UnauthorizedAccessException)
        {
            throw new IOException($"{path}: may not be read");
        }
        catch (Exception exception) when (exception is IOException or ArgumentException or NotSupportedException)
        {
            throw new IOException($"{path}: cannot be read ({exception.Message.TrimEnd('.')})");
        }
    }

    // Opening a pipe waits for a writer, and reading it for what is written, without a limit. What does not end is left behind on its thread, which keeps no
    // process alive.
    private static T InTime<T>(string path, Func<T> read, string otherwise)
    {
        Task<T> reading = Task.Factory.StartNew(read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return Task.WaitAny([reading], PipeLimit) == 0 ? reading.GetAwaiter().GetResult() : throw new IOException($"{path}: {otherwise}");
    }

    private static byte[] Rest(Stream stream, string path, long mostBytes)
    {
        using MemoryStream all = new();
        byte[] buffer = new byte[1 << 16];
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            if (all.Length + read > mostBytes) throw TooLarge(path, mostBytes);
            all.Write(buffer, 0, read);
        }

        return all.ToArray();
    }

    private static IOException TooLarge(string path, long mostBytes) =>
        new($"{path}: has more than {Size(mostBytes)}, the most that a file of this kind may have");

    private static string Size(long bytes) => bytes >= 1 << 20 ? $"{bytes >> 20} MiB" : $"{bytes >> 10} KiB";

    private abstract class ReadStream(Stream inner, string path) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => inner.CanSeek;

        public override bool CanWrite => false;

        public override long Length => inner.Length;

        public override long Position
        {
            get => inner.Position;
            set => inner.Position = value;
        }

        protected string Path => path;

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            try
            {
                int read = inner.Read(buffer);
                Check(buffer[..read]);
                return read;
            }
            catch (UnauthorizedAccessException)
            {
                throw new IOException($"{path}: may not be read");
            }
        }

        public override long Seek(long offset, SeekOrigin origin) => inner.Seek(offset, origin);

        public override void Flush()
        {
        }

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected abstract void Check(ReadOnlySpan<byte> read);

        protected override void Dispose(bool disposing)
        {
            if (disposing) inner.Dispose();
            base.Dispose(disposing);
        }
    }

    private sealed class LimitedStream(Stream inner, string path, long mostBytes) : ReadStream(inner, path)
    {
        protected override void Check(ReadOnlySpan<byte> read)
        {
            if (Position > mostBytes || Length > mostBytes) throw TooLarge(Path, mostBytes);
        }
    }

    private sealed class LineStream(Stream inner, string path) : ReadStream(inner, path)
    {
        private int _line;

        protected override void Check(ReadOnlySpan<byte> read)
        {
            int end = read.LastIndexOf((byte)'\n');
            _line = end < 0 ? _line + read.Length : read.Length - end;
            if (_line > LongestLine) throw new IOException($"{Path}: has a line of more than {Size(LongestLine)}, so it is no text of lines");
        }
    }
}
