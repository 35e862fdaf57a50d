using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;

namespace StreamSched.Analysis.Export;

/// <summary>Arrays in one file as <c>numpy.load</c> reads them: a ZIP archive with a file of format version 1.0 for each. The same arrays give the same
/// bytes.</summary>
internal sealed class NumpyArchive : IDisposable
{
    // Data begin at a multiple of it.
    private const int Alignment = 64;
    private readonly MemoryStream _file = new();
    private readonly ZipArchive _archive;

    /// <summary>An empty one.</summary>
    public NumpyArchive() => _archive = new ZipArchive(_file, ZipArchiveMode.Create, leaveOpen: true);

    /// <summary>Adds an array.</summary>
    /// <typeparam name="T">Of a number.</typeparam>
    /// <param name="name">Its name.</param>
    /// <param name="values">Row by row.</param>
    /// <param name="shape">Its shape; none: one number.</param>
    public void Add<T>(string name, ReadOnlySpan<T> values, params ReadOnlySpan<int> shape)
        where T : unmanaged
    {
        string type = default(T) switch
        {
            float => "<f4",
            double => "<f8",
            long => "<i8",
            _ => throw new NotSupportedException($"numpy has another name for {typeof(T)}"),
        };
        Write(name, type, MemoryMarshal.AsBytes(values), shape);
    }

    /// <summary>Adds an array of texts.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="texts">The texts.</param>
    public void Add(string name, IReadOnlyList<string> texts)
    {
        int width = Math.Max(1, texts.Max(t => t.Length));
        byte[] bytes = new byte[texts.Count * width * sizeof(int)];
        for (int i = 0; i < texts.Count; i++) Encoding.UTF32.GetBytes(texts[i], bytes.AsSpan(i * width * sizeof(int)));
        Write(name, string.Create(CultureInfo.InvariantCulture, $"<U{width}"), bytes, [texts.Count]);
    }

    /// <summary>The file.</summary>
    public byte[] ToFile()
    {
        _archive.Dispose();
        return _file.ToArray();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _archive.Dispose();
        _file.Dispose();
    }

    private void Write(string name, string type, ReadOnlySpan<byte> bytes, ReadOnlySpan<int> shape)
    {
        StringBuilder sizes = new();
        foreach (int size in shape) sizes.Append(CultureInfo.InvariantCulture, $"{size},");
        string about = $"{{'descr': '{type}', 'fortran_order': False, 'shape': ({sizes}), }}";
        byte[] head = [0x93, .. "NUMPY"u8, 1, 0];
        int length = (head.Length + sizeof(ushort) + about.Length + Alignment) / Alignment * Alignment;
        about = about.PadRight(length - head.Length - sizeof(ushort) - 1) + '\n';
        ZipArchiveEntry entry = _archive.CreateEntry(name + ".npy", CompressionLevel.Fastest);
        entry.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
        using Stream to = entry.Open();
        to.Write(head);
        to.Write(BitConverter.GetBytes((ushort)about.Length));
        to.Write(Encoding.ASCII.GetBytes(about));
        to.Write(bytes);
    }
}
