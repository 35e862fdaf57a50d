using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using StbImageSharp;
using StreamSched.Onnx.Models;

namespace StreamSched.Onnx.Inference;

/// <summary>
/// Decodes PNG and JPEG files of strangers. What they claim to be is compared with what the model takes before anything is decoded, so that a small file
/// cannot become a large image.
/// </summary>
internal static class ImageFile
{
    // A progressive JPEG has about ten; each goes over the whole image, however few bytes it takes.
    private const int MostScans = 64;

    /// <summary>Decodes a file.</summary>
    /// <param name="encoding">PNG or JPEG: what the file must be.</param>
    /// <param name="file">Its bytes.</param>
    /// <param name="form">What the model takes.</param>
    /// <param name="pixels">The pixels row by row, a pixel's channels side by side: grey becomes colour, colour becomes grey, transparency is left out.</param>
    /// <returns><see cref="InferenceFault.Shape"/>: it has other dimensions; <see cref="InferenceFault.Encoding"/>: it is damaged, or of another
    /// kind.</returns>
    public static InferenceFault Decode(PayloadEncoding encoding, ReadOnlyMemory<byte> file, in ImageForm form, out ReadOnlySpan<byte> pixels)
    {
        pixels = default;
        if (!IsOf(encoding, file.Span))
            return InferenceFault.Encoding;
        try
        {
            using var stream = Open(file);
            if (ImageInfo.FromStream(stream) is not { } info)
                return InferenceFault.Encoding;
            if (!form.Fits(info.Height, info.Width))
                return InferenceFault.Shape;
            if (encoding == PayloadEncoding.Png ? !InflatesTo(file.Span, info.Height) : Scans(file.Span) > MostScans)
                return InferenceFault.Encoding;
            stream.Position = 0;
            var image = ImageResult.FromStream(stream, form.Channels == 3 ? ColorComponents.RedGreenBlue : ColorComponents.Grey);
            if (image is null || !form.Fits(image.Height, image.Width) || image.Data.Length != form.Pixels * form.Channels)
                return InferenceFault.Encoding;
            pixels = image.Data;
            return InferenceFault.None;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // The decoder says by exceptions of many kinds that a file is damaged.
            return InferenceFault.Encoding;
        }
    }

    private static bool IsOf(PayloadEncoding encoding, ReadOnlySpan<byte> file) => encoding == PayloadEncoding.Png
        ? file.StartsWith<byte>([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10])
        : file.StartsWith<byte>([0xFF, 0xD8, 0xFF]);

    private static FileStreamOfBytes Open(ReadOnlyMemory<byte> file) => MemoryMarshal.TryGetArray(file, out var array)
        ? new FileStreamOfBytes(array.Array!, array.Offset, array.Count)
        : new FileStreamOfBytes(file.ToArray(), 0, file.Length);

    /// <summary>
    /// Whether a PNG's compressed data become about as many bytes as its header says. The decoder inflates all there is, and a megabyte can become a gigabyte.
    /// </summary>
    private static bool InflatesTo(ReadOnlySpan<byte> file, int height)
    {
        // After the signature: chunks of a length, a type, data and a check sum; the first is the header.
        const int HeaderLength = 13, Frame = 12;
        if (file.Length < 8 + Frame + HeaderLength || BinaryPrimitives.ReadInt32BigEndian(file[8..]) != HeaderLength
            || !file.Slice(12, 4).SequenceEqual("IHDR"u8))
            return false;
        var width = BinaryPrimitives.ReadInt32BigEndian(file[16..]);
        long bits = file[24] * (file[25] switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 });
        var row = 1 + (((width * bits) + 7) / 8);
        // Interlaced ones have more rows, hence more filter bytes; never four times as many.
        var most = (4 * height * row) + 64;

        var rented = ArrayPool<byte>.Shared.Rent(file.Length);
        var buffer = ArrayPool<byte>.Shared.Rent(1 << 14);
        try
        {
            var length = 0;
            for (var rest = file[8..]; rest.Length >= Frame;)
            {
                var size = BinaryPrimitives.ReadUInt32BigEndian(rest);
                if (size > (uint)(rest.Length - Frame))
                    return false;
                var chunk = rest.Slice(8, (int)size);
                if (rest.Slice(4, 4).SequenceEqual("IDAT"u8))
                {
                    chunk.CopyTo(rented.AsSpan(length));
                    length += chunk.Length;
                }

                rest = rest[(Frame + (int)size)..];
            }

            using var inflating = new ZLibStream(new MemoryStream(rented, 0, length, writable: false), CompressionMode.Decompress);
            long inflated = 0;
            for (int read; (read = inflating.Read(buffer)) > 0;)
            {
                if ((inflated += read) > most)
                    return false;
            }

            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The decoder reads zeros behind the end of a file and may go on for ever, looking for the mark of its end; here it is stopped.</summary>
    private sealed class FileStreamOfBytes(byte[] bytes, int offset, int count) : MemoryStream(bytes, offset, count, writable: false)
    {
        // A few bytes more than there are belong to reading ahead.
        private const int MostBehind = 64;
        private int _behind;

        public override int ReadByte() => Checked(base.ReadByte(), ended: -1);

        public override int Read(byte[] buffer, int offset, int count) => count == 0 ? 0 : Checked(base.Read(buffer, offset, count), ended: 0);

        public override int Read(Span<byte> buffer) => buffer.IsEmpty ? 0 : Checked(base.Read(buffer), ended: 0);

        private int Checked(int read, int ended) => read != ended || ++_behind <= MostBehind ? read : throw new EndOfStreamException();
    }

    // Within compressed data 0xFF is followed by 0 or by a restart, so these two bytes begin a scan, or lie in a comment and count too many.
    private static int Scans(ReadOnlySpan<byte> file)
    {
        var scans = 0;
        for (int at; (at = file.IndexOf<byte>([0xFF, 0xDA])) >= 0; file = file[(at + 2)..])
            scans++;
        return scans;
    }
}
