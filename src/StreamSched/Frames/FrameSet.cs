using System.Globalization;
using StreamSched.Avro.Records;
using StreamSched.Documents;

namespace StreamSched.Frames;

/// <summary>Frames to play, from an idx file, a raw file, an image file, or a folder of them.</summary>
internal static class FrameSet
{
    private const long MostBytes = 1 << 26; // more than any topic takes

    private static readonly string[] OtherImages = [".gif", ".webp", ".bmp", ".tif", ".tiff", ".heic", ".avif"];

    // Files of one frame say by their names what is in them.
    private static readonly Dictionary<string, PayloadEncoding> Extensions = new(StringComparer.OrdinalIgnoreCase)
    {
        [".grey"] = PayloadEncoding.Grey8, [".gray"] = PayloadEncoding.Grey8, [".rgb"] = PayloadEncoding.Rgb8, [".f32"] = PayloadEncoding.Tensor,
        [".png"] = PayloadEncoding.Png, [".jpg"] = PayloadEncoding.Jpeg, [".jpeg"] = PayloadEncoding.Jpeg,
    };

    /// <summary>Reads frames.</summary>
    /// <param name="path">An idx file, with or without gzip; a raw file; a PNG or JPEG file; a folder of them. <c>FILE#17</c> is frame 17 of FILE
    /// alone.</param>
    /// <param name="labels">An idx file of labels; null: that of the same name beside an idx file of images, if there is one.</param>
    /// <param name="encoding">Of files whose names do not say; PNG or JPEG also makes images of raw ones; null: as they are.</param>
    /// <param name="shape">Of raw files; empty: the model's own.</param>
    /// <exception cref="FrameException">Something cannot be read.</exception>
    public static IReadOnlyList<Frame> Read(string path, string? labels = null, PayloadEncoding? encoding = null, int[]? shape = null)
    {
        (path, int? index) = SplitIndex(path);
        List<Frame> frames = [];
        if (Directory.Exists(path)) ReadFolder(path, labels, encoding, shape, frames);
        else ReadFile(path, labels, encoding, shape, frames);
        if (frames.Count == 0) throw new FrameException($"{path}: there are no frames in it");
        if (encoding is PayloadEncoding.Png or PayloadEncoding.Jpeg)
        {
            for (int i = 0; i < frames.Count; i++)
                if (frames[i].Encoding is not (PayloadEncoding.Png or PayloadEncoding.Jpeg)) frames[i] = ImageEncoder.Encode(frames[i], encoding.Value, path);
        }

        if (index is not { } at) return frames;
        return at < frames.Count ? [frames[at]] : throw new FrameException($"{path} has frames 0 to {frames.Count - 1}, not {at}");
    }

    private static void ReadFolder(string folder, string? labels, PayloadEncoding? encoding, int[]? shape, List<Frame> frames)
    {
        if (labels is not null) throw new FrameException("labels belong to one idx file of images, not to a folder");
        string[] files = [.. Directory.EnumerateFiles(folder).Where(file => IsFrames(file, encoding)).Order(StringComparer.Ordinal)];
        if (files.Length == 0)
        {
            if (Directory.EnumerateFiles(folder).FirstOrDefault(IsOtherImage) is { } image) throw NotSupported(image);
            throw new FrameException($"{folder}: holds no frames; those are idx files (…-idx3-ubyte, with or without .gz) and files of one frame "
                + $"({string.Join(", ", Extensions.Keys)})");
        }

        foreach (string file in files) ReadFile(file, null, encoding, shape, frames);
    }

    private static bool IsFrames(string file, PayloadEncoding? encoding)
    {
        if (IdxFile.IsNamedSo(file)) return !Path.GetFileName(file).Contains("idx1", StringComparison.OrdinalIgnoreCase); // those are labels
        return Extensions.ContainsKey(Path.GetExtension(file)) || (encoding is not null && Path.GetExtension(file) is ".raw" or ".bin");
    }

    private static void ReadFile(string path, string? labels, PayloadEncoding? encoding, int[]? shape, List<Frame> frames)
    {
        if (IsOtherImage(path)) throw NotSupported(path);
        if (IdxFile.IsNamedSo(path)) ReadIdx(path, labels, frames);
        else ReadRaw(path, encoding, shape, frames);
    }

    private static void ReadIdx(string path, string? labels, List<Frame> frames)
    {
        IdxFile images = IdxFile.Read(path);
        if (images.Dimensions.Length < 2) throw new FrameException($"{path}: holds single values, not frames; it may be a file of labels");
        labels ??= LabelsBeside(path);
        IdxFile? truth = labels is null ? null : IdxFile.Read(labels);
        if (truth is not null && (truth.Element != IdxElement.Byte || truth.Dimensions.Length != 1))
            throw new FrameException($"{labels}: is no file of labels (idx1, unsigned bytes)");
        if (truth is not null && truth.Count != images.Count) throw new FrameException($"{labels} has {truth.Count} labels, {path} has {images.Count} frames");

        // A grey image is [height, width] or [1, height, width] to a model alike; a fourth dimension are the channels.
        int[] shape = images.Dimensions.Length == 3 ? [1, .. images.Dimensions[1..]] : images.Dimensions[1..];
        PayloadEncoding encoding = images.Element == IdxElement.Single ? PayloadEncoding.Tensor : PayloadEncoding.Grey8;
        if (encoding == PayloadEncoding.Grey8 && images.Dimensions.Length == 4 && shape[2] == 3)
            (encoding, shape) = (PayloadEncoding.Rgb8, [3, shape[0], shape[1]]);
        for (int i = 0; i < images.Count; i++)
            frames.Add(new Frame(images.Values.AsSpan(i * images.ItemBytes, images.ItemBytes).ToArray(), encoding, shape, truth?.Values[i]));
    }

    private static void ReadRaw(string path, PayloadEncoding? encoding, int[]? shape, List<Frame> frames)
    {
        if (!File.Exists(path)) throw new FrameException($"there is no file or folder {path}");
        // What the name says goes before what is asked for where that is an image: it can be made of a raw one, and a raw one is not read as one.
        if (Extensions.TryGetValue(Path.GetExtension(path), out PayloadEncoding named) && (encoding is not { } asked || IsFile(asked) || IsFile(named)))
            encoding = named;
        if (encoding is null)
            throw new FrameException($"{path}: say what is in it with --encoding (tensor, grey8, rgb8, png or jpeg), "
                + $"or by its name ({string.Join(", ", Extensions.Keys)}, or …-idx3-ubyte)");
        byte[] bytes = UserFile.ReadBytes(path, MostBytes);
        if (bytes.Length == 0) throw new FrameException($"{path}: is empty");
        if (shape is { Length: > 0 } && !IsFile(encoding.Value))
        {
            long wanted = shape.Aggregate(encoding == PayloadEncoding.Tensor ? 4L : 1, (product, dimension) => product * dimension);
            if (wanted != bytes.Length) throw new FrameException($"{path}: holds {bytes.Length} bytes, but shape {string.Join('x', shape)} takes {wanted}");
        }

        frames.Add(new Frame(bytes, encoding.Value, IsFile(encoding.Value) ? [] : shape ?? [], null));
    }

    private static (string Path, int? Index) SplitIndex(string path)
    {
        int at = path.LastIndexOf('#');
        if (at < 0 || File.Exists(path)) return (path, null);
        return int.TryParse(path.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            ? (path[..at], index)
            : throw new FrameException($"{path}: what follows # must be the number of a frame, from 0");
    }

    private static string? LabelsBeside(string images)
    {
        string name = Path.GetFileName(images).Replace("images-idx3", "labels-idx1", StringComparison.Ordinal)
            .Replace("images.idx3", "labels.idx1", StringComparison.Ordinal);
        string path = Path.Combine(Path.GetDirectoryName(images) ?? "", name);
        return name != Path.GetFileName(images) && File.Exists(path) ? path : null;
    }

    private static bool IsFile(PayloadEncoding encoding) => encoding is PayloadEncoding.Png or PayloadEncoding.Jpeg;

    private static bool IsOtherImage(string path) => OtherImages.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    private static FrameException NotSupported(string path) =>
        new($"{path}: images of this kind are not supported; convert it to PNG or JPEG, e.g. "
            + $"magick {Path.GetFileName(path)} {Path.GetFileNameWithoutExtension(path)}.png");
}
