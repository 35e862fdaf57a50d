using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using StreamSched.Documents;

namespace StreamSched.Core.OnlineLearning;

/// <summary>
/// Everything that a training needs to go on as if it had never stopped: named arrays of numbers. As a file: the letters <c>SSCK</c>, a version, the number of
/// entries, per entry its name, the size of its elements in bytes, their number and the elements (little-endian); at the end SHA-256 of all that.
/// </summary>
public sealed class Checkpoint
{
    private const int Version = 1;
    private const long MostBytes = 1 << 28;
    private static readonly byte[] Magic = "SSCK"u8.ToArray();
    private readonly Dictionary<string, (byte Size, byte[] Bytes)> _entries = new(StringComparer.Ordinal);

    /// <summary>Adds or replaces an array of numbers, integers or bytes.</summary>
    /// <typeparam name="T">Type of its elements.</typeparam>
    /// <param name="name">Its name.</param>
    /// <param name="values">Copied.</param>
    public void Set<T>(string name, ReadOnlySpan<T> values)
        where T : unmanaged => _entries[name] = ((byte)Marshal.SizeOf<T>(), MemoryMarshal.AsBytes(values).ToArray());

    /// <inheritdoc cref="Set{T}(string, ReadOnlySpan{T})"/>
    public void Set<T>(string name, T[] values)
        where T : unmanaged => Set(name, (ReadOnlySpan<T>)values);

    /// <summary>Adds or replaces one number: a counter, or the state of a random stream.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">The number.</param>
    public void Set(string name, ulong value) => Set(name, [value]);

    /// <summary>Reads an array.</summary>
    /// <typeparam name="T">Type of its elements.</typeparam>
    /// <param name="name">Its name.</param>
    /// <param name="values">Filled completely.</param>
    /// <exception cref="CheckpointException">There is none of this name, type and length.</exception>
    public void Get<T>(string name, Span<T> values)
        where T : unmanaged
    {
        byte[] bytes = Bytes<T>(name);
        if (bytes.Length != values.Length * Marshal.SizeOf<T>())
            throw new CheckpointException(
                $"'{name}' has {bytes.Length / Marshal.SizeOf<T>()} elements, {values.Length} are needed: the checkpoint is of another training");
        bytes.CopyTo(MemoryMarshal.AsBytes(values));
    }

    /// <summary>Reads an array of any length.</summary>
    /// <typeparam name="T">Type of its elements.</typeparam>
    /// <param name="name">Its name.</param>
    /// <exception cref="CheckpointException">There is none of this name and type.</exception>
    public T[] Get<T>(string name)
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(Bytes<T>(name)).ToArray();

    /// <summary>Reads one number.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="CheckpointException">There is none of this name.</exception>
    public ulong GetUInt64(string name)
    {
        ulong[] one = new ulong[1];
        Get<ulong>(name, one);
        return one[0];
    }

    /// <summary>Writes a file; one that is there is replaced at once and whole.</summary>
    /// <param name="path">Its path.</param>
    public void Save(string path)
    {
        using MemoryStream stream = new();
        using (BinaryWriter writer = new(stream, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(Magic);
            writer.Write(Version);
            writer.Write(_entries.Count);
            foreach ((string name, (byte size, byte[] bytes)) in _entries.OrderBy(e => e.Key, StringComparer.Ordinal))
            {
                writer.Write(name);
                writer.Write(size);
                writer.Write(bytes.Length / size);
                writer.Write(bytes);
            }
        }

        byte[] content = stream.ToArray();
        UserFile.Replace(path, [.. content, .. SHA256.HashData(content)]);
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">Its path.</param>
    /// <exception cref="CheckpointException">It is damaged, or none.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static Checkpoint Load(string path)
    {
        byte[] content = UserFile.ReadBytes(path, MostBytes);
        int end = content.Length - SHA256.HashSizeInBytes;
        if (end < 12 || !content.AsSpan(0, 4).SequenceEqual(Magic)) throw new CheckpointException($"'{path}' is no checkpoint");
        if (!SHA256.HashData(content.AsSpan(0, end)).AsSpan().SequenceEqual(content.AsSpan(end)))
            throw new CheckpointException($"'{path}' is damaged: its checksum does not hold");
        Checkpoint checkpoint = new();
        try
        {
            using BinaryReader reader = new(new MemoryStream(content, 4, end - 4), Encoding.UTF8);
            if (reader.ReadInt32() is var version && version != Version)
                throw new CheckpointException($"'{path}' has version {version}; this program reads {Version}");
            int count = reader.ReadInt32();
            for (int e = 0; e < count; e++)
            {
                string name = reader.ReadString();
                byte size = reader.ReadByte();
                long bytes = (long)reader.ReadInt32() * size;
                if (bytes < 0 || bytes > reader.BaseStream.Length - reader.BaseStream.Position)
                    throw new CheckpointException($"'{path}' is damaged at '{name}'");
                checkpoint._entries[name] = (size, reader.ReadBytes((int)bytes));
            }
        }
        catch (Exception exception) when (exception is EndOfStreamException or FormatException)
        {
            throw new CheckpointException($"'{path}' is damaged: it ends too early", exception);
        }

        return checkpoint;
    }

    private byte[] Bytes<T>(string name)
        where T : unmanaged =>
        _entries.TryGetValue(name, out (byte Size, byte[] Bytes) entry) && entry.Size == Marshal.SizeOf<T>()
            ? entry.Bytes
            : throw new CheckpointException($"'{name}' is not in the checkpoint: it is of another training");
}
