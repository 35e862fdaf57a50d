using StbImageWriteSharp;
using StreamSched.Onnx.Inference;
using StreamSched.Onnx.Models;

namespace StreamSched.Tests.Onnx;

public class ImageFileTests
{
    private static readonly ModelInput Colour = new() { Name = "x", Shape = [8, 12, 3] };
    private static readonly ModelInput Grey = new() { Name = "x", Shape = [1, 8, 12] };
    private static readonly byte[] Pixels = [.. Enumerable.Range(0, 8 * 12 * 3).Select(i => (byte)(i * 3))];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void C4_Png_of_every_kind_becomes_what_the_model_takes(int channels)
    {
        var pixels = Enumerable.Range(0, 8 * 12 * channels).Select(i => (byte)(i % channels == channels - 1 && channels % 2 == 0 ? 255 : i)).ToArray();
        var file = Png.Write(pixels, 12, 8, channels);
        Assert.Equal(InferenceFault.None, ImageFile.Decode(PayloadEncoding.Png, file, Colour.Image, out var colour));
        Assert.Equal(InferenceFault.None, ImageFile.Decode(PayloadEncoding.Png, file, Grey.Image, out var grey));
        Assert.Equal((288, 96), (colour.Length, grey.Length));
        for (var i = 0; i < 96; i++)
        {
            var (red, green, blue) = channels < 3 ? (pixels[i * channels], pixels[i * channels], pixels[i * channels])
                : (pixels[i * channels], pixels[(i * channels) + 1], pixels[(i * channels) + 2]);
            Assert.Equal([red, green, blue], colour.Slice(3 * i, 3).ToArray());
            Assert.InRange(grey[i], (0.299 * red) + (0.587 * green) + (0.114 * blue) - 2, (0.299 * red) + (0.587 * green) + (0.114 * blue) + 2);
        }
    }

    [Fact]
    public void C4_Jpeg_becomes_what_the_model_takes()
    {
        var file = Jpeg(Enumerable.Repeat<byte[]>([200, 100, 50], 96).SelectMany(pixel => pixel).ToArray(), 12, 8);
        Assert.Equal(InferenceFault.None, ImageFile.Decode(PayloadEncoding.Jpeg, file, Colour.Image, out var colour));
        Assert.All(colour.ToArray().Chunk(3), pixel =>
        {
            Assert.InRange(pixel[0], 195, 205);
            Assert.InRange(pixel[1], 95, 105);
            Assert.InRange(pixel[2], 45, 55);
        });
        Assert.Equal(InferenceFault.None, ImageFile.Decode(PayloadEncoding.Jpeg, file, Grey.Image, out var grey));
        Assert.InRange(grey[0], 119, 129);
    }

    [Fact]
    public void C4_Another_size_is_the_devices_fault_and_nothing_is_decoded()
    {
        Assert.Equal(InferenceFault.Shape, ImageFile.Decode(PayloadEncoding.Png, Png.Write(Pixels, 8, 12, 3), Colour.Image, out _));
        Assert.Equal(InferenceFault.Shape, ImageFile.Decode(PayloadEncoding.Jpeg, Jpeg(Pixels, 8, 12), Colour.Image, out _));
        // A window of 96 values is 8 × 12 as well as 12 × 8.
        Assert.Equal(
            InferenceFault.None, ImageFile.Decode(PayloadEncoding.Png, Png.Write(Pixels, 8, 12, 3), new ModelInput { Name = "x", Shape = [96] }.Image, out _));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(InferenceFault.Shape, ImageFile.Decode(PayloadEncoding.Png, Png.Bomb(30_000, 30_000, 1 << 20), Colour.Image, out _));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
    }

    [Fact]
    public void C4_A_small_image_that_inflates_to_a_large_one_is_refused_without_inflating_it()
    {
        var bomb = Png.Bomb(12, 8, 64 << 20);
        Assert.InRange(bomb.Length, 1, 1 << 17);
        Assert.Equal(InferenceFault.Encoding, ImageFile.Decode(PayloadEncoding.Png, bomb, Grey.Image, out _));
    }

    [Fact]
    public void C4_A_jpeg_of_very_many_scans_is_refused()
    {
        var file = Jpeg(Pixels, 12, 8);
        byte[] comment = [0xFF, 0xFE, 0, 202, .. Enumerable.Repeat<byte[]>([0xFF, 0xDA], 100).SelectMany(pair => pair)];
        Assert.Equal(InferenceFault.Encoding, ImageFile.Decode(PayloadEncoding.Jpeg, (byte[])[.. file[..2], .. comment, .. file[2..]], Colour.Image, out _));
    }

    [Fact]
    public void C4_Another_kind_of_file_is_refused()
    {
        Assert.Equal(InferenceFault.Encoding, ImageFile.Decode(PayloadEncoding.Jpeg, Png.Write(Pixels, 12, 8, 3), Colour.Image, out _));
        Assert.Equal(InferenceFault.Encoding, ImageFile.Decode(PayloadEncoding.Png, Jpeg(Pixels, 12, 8), Colour.Image, out _));
        Assert.Equal(InferenceFault.Encoding, ImageFile.Decode(PayloadEncoding.Png, "GIF89a"u8.ToArray(), Colour.Image, out _));
        Assert.Equal(InferenceFault.Encoding, ImageFile.Decode(PayloadEncoding.Png, ReadOnlyMemory<byte>.Empty, Colour.Image, out _));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void C4_Damaged_files_of_any_kind_end_in_a_fault(int seed)
    {
        var random = new Random(seed);
        byte[][] files = [Png.Write(Pixels, 12, 8, 3), Jpeg(Pixels, 12, 8)];
        for (var i = 0; i < 4000; i++)
        {
            var bytes = (byte[])files[i % 2].Clone();
            for (var changes = random.Next(1, 6); changes > 0; changes--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            var length = random.Next(4) == 0 ? random.Next(bytes.Length) : bytes.Length;
            var fault = ImageFile.Decode(i % 2 == 0 ? PayloadEncoding.Png : PayloadEncoding.Jpeg, bytes.AsMemory(0, length), Colour.Image, out var pixels);
            Assert.Equal(fault == InferenceFault.None ? 288 : 0, pixels.Length);
        }
    }

    private static byte[] Jpeg(byte[] pixels, int width, int height)
    {
        using var file = new MemoryStream();
        new ImageWriter().WriteJpg(pixels, width, height, ColorComponents.RedGreenBlue, file, 95);
        return file.ToArray();
    }
}
