using System.Buffers.Binary;
using System.IO.Compression;
using StreamSched.Avro.Records;
using StreamSched.Frames;

namespace StreamSched.Tests.Frames;

public sealed class FrameSetTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("streamsched-frames-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_shipped_frames_come_with_their_labels()
    {
        IReadOnlyList<Frame> frames = FrameSet.Read(Checkout.Path("models", "frames", "fashion-2000-images-idx3-ubyte.gz"));
        Assert.Equal(2000, frames.Count);
        Assert.All(frames, frame => Assert.Equal((784, PayloadEncoding.Grey8), (frame.Payload.Length, frame.Encoding)));
        Assert.Equal([1, 28, 28], frames[0].Shape);
        Assert.Equal([9, 2, 1, 1, 6], frames.Take(5).Select(frame => frame.Label!.Value)); // ankle boot, pullover, trousers, trousers, shirt
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_idx_file_is_read_with_and_without_gzip(bool packed)
    {
        byte[] pixels = [.. Enumerable.Range(0, 12).Select(i => (byte)i)];
        string path = Write("a-images-idx3-ubyte" + (packed ? ".gz" : ""), Idx(0x08, [2, 2, 3], pixels), packed);
        Write("a-labels-idx1-ubyte" + (packed ? ".gz" : ""), Idx(0x08, [2], [7, 8]), packed);
        IReadOnlyList<Frame> frames = FrameSet.Read(path);
        Assert.Equal([pixels[..6], pixels[6..]], frames.Select(frame => frame.Payload));
        Assert.Equal([7, 8], frames.Select(frame => frame.Label!.Value));
        Assert.Equal([1, 2, 3], frames[0].Shape); // grey, though it is three pixels wide
        Assert.Equal(pixels[6..], Assert.Single(FrameSet.Read(path + "#1")).Payload);
    }

    [Fact]
    public void Floats_become_little_endian_tensors_and_colour_its_own_shape()
    {
        byte[] big = new byte[8];
        BinaryPrimitives.WriteSingleBigEndian(big, 1.5f);
        BinaryPrimitives.WriteSingleBigEndian(big.AsSpan(4), -2f);
        Frame tensor = Assert.Single(FrameSet.Read(Write("f.idx", Idx(0x0D, [1, 2], big))));
        Assert.Equal(PayloadEncoding.Tensor, tensor.Encoding);
        Assert.Equal((1.5f, -2f), (BinaryPrimitives.ReadSingleLittleEndian(tensor.Payload), BinaryPrimitives.ReadSingleLittleEndian(tensor.Payload.AsSpan(4))));
        Frame colour = Assert.Single(FrameSet.Read(Write("c.idx", Idx(0x08, [1, 2, 2, 3], new byte[12]))));
        Assert.Equal(PayloadEncoding.Rgb8, colour.Encoding);
        Assert.Equal([3, 2, 2], colour.Shape);
    }

    [Fact]
    public void A_folder_gives_all_of_its_frames_in_the_order_of_names()
    {
        Write("b.grey", [4, 5, 6, 7]);
        Write("a-images-idx3-ubyte", Idx(0x08, [1, 2, 2], [0, 1, 2, 3]));
        Write("a-labels-idx1-ubyte", Idx(0x08, [1], [9]));
        Write("notes.txt", "hello"u8.ToArray());
        IReadOnlyList<Frame> frames = FrameSet.Read(_folder);
        Assert.Equal([[0, 1, 2, 3], [4, 5, 6, 7]], frames.Select(frame => frame.Payload));
        Assert.Equal([9, null], frames.Select(frame => frame.Label));
    }

    public static TheoryData<string, byte[], string> Damaged => new()
    {
        { "a.idx", [1, 2, 3, 4, 5], "two zero bytes" },
        { "a.idx", [0, 0, 8], "two zero bytes" },
        { "a.idx", Idx(0x0B, [1, 1], [1]), "idx type 0x0b" },
        { "a.idx", Idx(0x08, [1, 1, 1, 1, 1], [1]), "5 dimensions" },
        { "a.idx", Idx(0x08, [2, 3], [1, 2, 3]), "holds 3 bytes of the 6" },
        { "a.idx", Idx(0x08, [2, 1], [1, 2, 3]), "goes on after" },
        { "a.idx", Idx(0x08, [-1, 1], [1]), "dimension 0 is -1" },
        { "a.idx", Idx(0x08, [int.MaxValue, int.MaxValue, 9], [1]), "claims more than" },
        { "a.idx", Idx(0x08, [1 << 20, 1 << 10], [1]), "holds 1 bytes of the 1073741824" },
        { "a.idx", Idx(0x08, [3], [1, 2, 3]), "labels" },
        { "a.idx.gz", [0x1F, 0x8B, 8, 0, 1, 2, 3], "" },
        { "a.webp", [1], "convert it to PNG or JPEG" },
        { "a.raw", [1], "--encoding" },
        { "a.grey", [], "is empty" },
    };

    [Theory, MemberData(nameof(Damaged))]
    public void What_is_no_frame_is_refused_with_the_file_and_the_reason(string name, byte[] content, string message)
    {
        string path = Write(name, content);
        FrameException exception = Assert.Throws<FrameException>(() => FrameSet.Read(path));
        Assert.Contains(path, exception.Message, StringComparison.Ordinal);
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void C4_Images_are_taken_as_they_are_and_made_of_raw_frames_where_asked()
    {
        byte[] pixels = [.. Enumerable.Range(0, 12).Select(i => (byte)(20 * i))];
        string raw = Write("a-images-idx3-ubyte", Idx(0x08, [1, 3, 4], pixels));
        Write("a-labels-idx1-ubyte", Idx(0x08, [1], [5]));
        foreach (PayloadEncoding encoding in (PayloadEncoding[])[PayloadEncoding.Png, PayloadEncoding.Jpeg])
        {
            Frame made = Assert.Single(FrameSet.Read(raw, encoding: encoding));
            Assert.Equal((encoding, 0, 5), (made.Encoding, made.Shape.Length, made.Label!.Value));
            string file = Write(encoding == PayloadEncoding.Png ? "b.png" : "b.JPG", made.Payload);
            foreach (PayloadEncoding? asked in (PayloadEncoding?[])[null, PayloadEncoding.Png, PayloadEncoding.Jpeg, PayloadEncoding.Grey8])
                Assert.Equivalent(made with { Label = null }, Assert.Single(FrameSet.Read(file, encoding: asked)));
        }

        Assert.Equal([PayloadEncoding.Grey8, PayloadEncoding.Jpeg, PayloadEncoding.Png], FrameSet.Read(_folder).Select(frame => frame.Encoding));
        string shapeless = Write("c.grey", pixels);
        Assert.Contains(
            "--shape", Assert.Throws<FrameException>(() => FrameSet.Read(shapeless, encoding: PayloadEncoding.Png)).Message, StringComparison.Ordinal);
        Assert.Equal(PayloadEncoding.Png, Assert.Single(FrameSet.Read(shapeless, encoding: PayloadEncoding.Png, shape: [3, 4])).Encoding);
    }

    [Fact]
    public void A_raw_file_must_fit_its_shape_and_labels_their_frames()
    {
        string raw = Write("a.f32", new byte[16]);
        Assert.Equal([4], Assert.Single(FrameSet.Read(raw, shape: [4])).Shape);
        Assert.Contains("takes 20", Assert.Throws<FrameException>(() => FrameSet.Read(raw, shape: [5])).Message, StringComparison.Ordinal);
        string images = Write("i.idx", Idx(0x08, [2, 1], [1, 2])), labels = Write("l.idx", Idx(0x08, [3], [1, 2, 3]));
        Assert.Contains("has 3 labels", Assert.Throws<FrameException>(() => FrameSet.Read(images, labels)).Message, StringComparison.Ordinal);
    }

    private static byte[] Idx(byte type, int[] dimensions, byte[] values)
    {
        byte[] head = new byte[4 + (4 * dimensions.Length)];
        (head[2], head[3]) = (type, (byte)dimensions.Length);
        for (int i = 0; i < dimensions.Length; i++) BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(4 + (4 * i)), dimensions[i]);
        return [.. head, .. values];
    }

    private string Write(string name, byte[] content, bool packed = false)
    {
        string path = Path.Combine(_folder, name);
        using FileStream file = File.Create(path);
        using Stream stream = packed ? new GZipStream(file, CompressionMode.Compress) : file;
        stream.Write(content);
        return path;
    }
}
