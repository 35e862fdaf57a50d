using System.Buffers.Binary;
using System.IO.Compression;
using StreamSched.Documents;

namespace StreamSched.Frames;

/// <summary>
/// An array in the idx format of the MNIST family (two zero bytes, a type, the number of dimensions, the dimensions as big-endian 32-bit integers, the values),
/// plain or compressed with gzip. Types: unsigned bytes and 32-bit floats.
/// </summary>
/// <param name="Element">The type of the values.</param>
/// <param name="Dimensions">Sizes, the number of items first.</param>
/// <param name="Values">The bytes; floats are little-endian here.</param>
internal sealed record IdxFile(IdxElement Element, int[] Dimensions, byte[] Values)
{
    private const int MaxDimensions = 4;
    private const long MaxBytes = 1L << 30;

    /// <summary>How many items there are.</summary>
    public int Count => Dimensions[0];

    /// <summary>Bytes of an item.</summary>
    public int ItemBytes => Count == 0 ? 0 : Values.Length / Count;

    /// <summary>Whether a file's name says that it is one.</summary>
    public static bool IsNamedSo(string path)
    {
        string name = Path.GetFileName(path);
        if (name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)) name = name[..^3];
        return name.EndsWith(".idx", StringComparison.OrdinalIgnoreCase)
            || (name.EndsWith("-ubyte", StringComparison.OrdinalIgnoreCase) && name.Contains("idx", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="FrameException">It is not there, or no idx file; nothing large is allocated on the word of its header.</exception>
    public static IdxFile Read(string path)
    {
        try
        {
            using Stream file = UserFile.Open(path, MaxBytes + 1024);
            Span<byte> magic = stackalloc byte[2];
            bool packed = file.ReadAtLeast(magic, 2, throwOnEndOfStream: false) == 2 && magic[0] == 0x1F && magic[1] == 0x8B;
            file.Position = 0;
            if (!packed) return Read(file, path);
            using GZipStream unpacked = new(file, CompressionMode.Decompress);
            return Read(unpacked, path);
        }
        catch (InvalidDataException exception)
        {
            throw new FrameException($"{path}: the compressed file is damaged ({exception.Message.TrimEnd('.')})");
        }
        catch (FileNotFoundException)
        {
            throw new FrameException($"there is no file {path}");
        }
        catch (IOException exception)
        {
            throw new FrameException(exception.Message);
        }
    }

    private static IdxFile Read(Stream stream, string path)
    {
        Span<byte> head = stackalloc byte[4];
        if (stream.ReadAtLeast(head, 4, throwOnEndOfStream: false) < 4 || head[0] != 0 || head[1] != 0)
            throw new FrameException($"{path}: no idx file (it must begin with two zero bytes)");
        IdxElement element = head[2] switch
        {
            0x08 => IdxElement.Byte,
            0x0D => IdxElement.Single,
            _ => throw new FrameException($"{path}: idx type 0x{head[2]:x2} is not supported; unsigned bytes (0x08) and floats (0x0d) are"),
        };
        if (head[3] is 0 or > MaxDimensions) throw new FrameException($"{path}: {head[3]} dimensions are not within 1 to {MaxDimensions}");
        int[] dimensions = new int[head[3]];
        long bytes = element == IdxElement.Byte ? 1 : 4;
        for (int i = 0; i < dimensions.Length; i++)
        {
            if (stream.ReadAtLeast(head, 4, throwOnEndOfStream: false) < 4) throw new FrameException($"{path}: ends within its header");
            dimensions[i] = BinaryPrimitives.ReadInt32BigEndian(head);
            if (dimensions[i] < 1) throw new FrameException($"{path}: dimension {i} is {dimensions[i]}");
            bytes *= dimensions[i];
            if (bytes > MaxBytes) throw new FrameException($"{path}: its header claims more than {MaxBytes >> 20} MiB");
        }

        // Grows with what is really there.
        using MemoryStream values = new();
        byte[] buffer = new byte[1 << 16];
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            values.Write(buffer, 0, read);
            if (values.Length > bytes) throw new FrameException($"{path}: goes on after the {bytes} bytes that its header claims");
        }

        if (values.Length < bytes) throw new FrameException($"{path}: holds {values.Length} bytes of the {bytes} that its header claims");
        byte[] result = values.ToArray();
        if (element == IdxElement.Single)
            for (int i = 0; i < result.Length; i += 4) result.AsSpan(i, 4).Reverse();
        return new IdxFile(element, dimensions, result);
    }
}

/// <summary>Types of values in idx files.</summary>
internal enum IdxElement
{
    /// <summary>Unsigned bytes.</summary>
    Byte,

    /// <summary>32-bit floats.</summary>
    Single,
}
