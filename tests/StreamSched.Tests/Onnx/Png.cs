using System.Buffers.Binary;
using System.IO.Compression;

namespace StreamSched.Tests.Onnx;

/// <summary>Writes PNG files, also such as nobody should.</summary>
internal static class Png
{
    /// <summary>An image of 8 bits per channel.</summary>
    /// <param name="pixels">Row by row, a pixel's channels side by side.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="channels">1: grey, 2: with transparency, 3: colour, 4: with transparency.</param>
    public static byte[] Write(byte[] pixels, int width, int height, int channels)
    {
        var row = width * channels;
        var raw = new byte[height * (row + 1)];
        for (var y = 0; y < height; y++)
            pixels.AsSpan(y * row, row).CopyTo(raw.AsSpan(y * (row + 1) + 1));
        return File(width, height, channels, Deflate(raw));
    }

    /// <summary>A small image by its header, whose data become very many zeros.</summary>
    public static byte[] Bomb(int width, int height, int bytes) => File(width, height, 1, Deflate(new byte[bytes]));

    private static byte[] File(int width, int height, int channels, byte[] data)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (8, channels switch { 1 => 0, 2 => 4, 3 => 2, _ => 6 });
        return [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10, .. Chunk("IHDR"u8, header), .. Chunk("IDAT"u8, data), .. Chunk("IEND"u8, [])];
    }

    private static byte[] Deflate(byte[] raw)
    {
        using var packed = new MemoryStream();
        using (var stream = new ZLibStream(packed, CompressionLevel.SmallestSize))
            stream.Write(raw);
        return packed.ToArray();
    }

    private static byte[] Chunk(ReadOnlySpan<byte> type, byte[] data)
    {
        var chunk = new byte[12 + data.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        type.CopyTo(chunk.AsSpan(4));
        data.CopyTo(chunk, 8);
        var check = 0xFFFFFFFFu;
        foreach (var b in chunk.AsSpan(4, 4 + data.Length))
        {
            check ^= b;
            for (var bit = 0; bit < 8; bit++)
                check = (check >> 1) ^ (0xEDB88320u & (0u - (check & 1)));
        }

        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + data.Length), ~check);
        return chunk;
    }
}
