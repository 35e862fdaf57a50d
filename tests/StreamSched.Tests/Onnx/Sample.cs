using System.Buffers.Binary;
using System.IO.Compression;
using StreamSched.Onnx.Inference;
using StreamSched.Onnx.Models;
using StreamSched.Onnx.Processors;
using StreamSched.Onnx.Profiling;

namespace StreamSched.Tests.Onnx;

/// <summary>The repository's own models and frames.</summary>
internal static class Sample
{
    public static string Models { get; } = Path.Combine(Root(), "models");

    /// <summary>Quick to measure, for tests that are not about measuring.</summary>
    public static ServiceProfilerSettings Brief { get; } = new() { Runs = 5, WarmUp = 1, Budget = TimeSpan.FromSeconds(20) };

    public static (byte[][] Images, int[] Labels) Frames(string name)
    {
        var images = Unpack($"{name}-images-idx3-ubyte.gz");
        var labels = Unpack($"{name}-labels-idx1-ubyte.gz");
        var count = BinaryPrimitives.ReadInt32BigEndian(images.AsSpan(4));
        var bytes = BinaryPrimitives.ReadInt32BigEndian(images.AsSpan(8)) * BinaryPrimitives.ReadInt32BigEndian(images.AsSpan(12));
        return ([.. Enumerable.Range(0, count).Select(i => images.AsSpan(16 + i * bytes, bytes).ToArray())], [.. labels.Skip(8).Select(label => (int)label)]);
    }

    public static InferencePayload Grey(byte[] image, params int[] shape) => new(PayloadEncoding.Grey8, shape, image);

    public static InferencePayload Tensor(float[] values, params int[] shape)
    {
        var bytes = new byte[values.Length * sizeof(float)];
        for (var i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), values[i]);
        return new InferencePayload(PayloadEncoding.Tensor, shape, bytes);
    }

    public static LoadedModel Load(string name) => ModelLoader.Load(Models, name, new ProcessorSettings());

    public static ModelRunner Rent(LoadedModel model)
    {
        Assert.True(model.TryRent(out var runner));
        return runner;
    }

    private static byte[] Unpack(string file)
    {
        using var packed = new GZipStream(File.OpenRead(Path.Combine(Models, "frames", file)), CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        packed.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "StreamSched.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests must run within the repository.");
        return folder;
    }
}
