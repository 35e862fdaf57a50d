using System.Security.Cryptography;

namespace StreamSched.Onnx.Models;

/// <summary>Reads the files of a model from its folder, each once, and notes what each name led to.</summary>
internal sealed class ModelFiles
{
    /// <summary>Most bytes of a model with its external data: what ONNX Runtime takes in one piece.</summary>
    public const long MostBytes = int.MaxValue - (1 << 20);

    private const long MostManifestBytes = 1 << 20;

    private readonly string _folder;
    private readonly CancellationToken _cancellation;
    private readonly Action<IReadOnlyList<(string Name, FileState State)>>? _see;
    private readonly List<(string Name, FileState State)> _seen = [];

    private ModelFiles(string folder, Action<IReadOnlyList<(string Name, FileState State)>>? see, CancellationToken cancellation) =>
        (_folder, _see, _cancellation) = (folder, see, cancellation);

    /// <summary>Reads a model.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="name">The variant.</param>
    /// <param name="see">Is told of every file that is looked at, with what its name led to before it was read; again with all of them whenever there is one
    /// more.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="ModelException">Something is missing, is no file or is too large; the message names it and says what to change.</exception>
    /// <exception cref="IOException">A file cannot be read now.</exception>
    public static ModelContent Read(string folder, string name, Action<IReadOnlyList<(string Name, FileState State)>>? see, CancellationToken cancellation) =>
        new ModelFiles(folder, see, cancellation).Read(name);

    private ModelContent Read(string name)
    {
        var (modelFile, manifestFile) = (Path.Combine(_folder, name + ".onnx"), Path.Combine(_folder, name + ".json"));
        var model = See(name + ".onnx");
        var manifest = See(name + ".json");
        if (model.Kind == FileKind.Missing)
            throw new ModelException($"{modelFile}: no such model file{(manifest.Kind != FileKind.Missing ? $", but {manifestFile} describes one" : "")}.");
        RequireSize(modelFile, model, MostBytes);
        if (manifest.Kind == FileKind.Missing)
            throw new ModelException($"{manifestFile}: the manifest is missing. Write one, models/README.md describes it.");
        RequireSize(manifestFile, manifest, MostManifestBytes);

        // Read once: the digest is that of the very bytes which are loaded, even where the files are being replaced.
        var bytes = ReadAll(modelFile, model);
        var description = ReadAll(manifestFile, manifest);
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        digest.AppendData(bytes);
        var total = (long)bytes.Length;
        var data = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var location in ExternalData.Locations(modelFile, bytes))
        {
            var path = Path.Combine(_folder, location);
            var state = See(location);
            if (state.Kind == FileKind.Missing)
                throw new ModelException($"{modelFile}: its weights lie in {path}, which does not exist. Put that file beside the model.");
            RequireSize(path, state, MostBytes - total);
            data.Add(location, ReadAll(path, state));
            total += data[location].Length;
        }

        foreach (var part in data.Values)
            digest.AppendData(part);
        var whole = data.Count == 0 ? bytes : ExternalData.Inline(modelFile, bytes, data);
        return new ModelContent(whole, description, digest.GetHashAndReset(), total);
    }

    private FileState See(string name)
    {
        var state = FileState.Of(Path.Combine(_folder, name));
        _seen.Add((name, state));
        _see?.Invoke([.. _seen]);
        return state;
    }

    private static void RequireSize(string path, FileState state, long mostBytes)
    {
        var kind = state.Kind switch
        {
            FileKind.Directory => "is a folder",
            FileKind.Pipe => "is a named pipe",
            FileKind.Socket => "is a socket",
            FileKind.Device => "is a device",
            _ => null,
        };
        if (kind is not null)
            throw new ModelException($"{path}: {kind}, not a file. Put a file there or take it away.");
        if (state.Kind == FileKind.Unreadable)
            throw new UnauthorizedAccessException($"{path}: may not be read by this process. Change its owner or permissions.");
        if (state.Bytes > mostBytes)
            throw new ModelException($"{path}: has {state.Bytes} bytes, at most {mostBytes} can be taken. "
                + $"A model and its weights together may have {MostBytes} bytes, a manifest {MostManifestBytes}.");
    }

    // As long as it was said to be, and not a byte further: some files have no end.
    private byte[] ReadAll(string path, FileState state)
    {
        using var file = File.OpenHandle(path, options: FileOptions.SequentialScan);
        var bytes = GC.AllocateUninitializedArray<byte>((int)state.Bytes);
        const int Piece = 1 << 22;
        for (var at = 0; at < bytes.Length;)
        {
            _cancellation.ThrowIfCancellationRequested();
            var read = RandomAccess.Read(file, bytes.AsSpan(at, Math.Min(Piece, bytes.Length - at)), at);
            if (read == 0)
                throw new IOException($"{path}: became shorter while it was read; it is taken up once it is whole.");
            at += read;
        }

        Span<byte> more = stackalloc byte[1];
        return RandomAccess.Read(file, more, bytes.Length) == 0
            ? bytes
            : throw new IOException($"{path}: is longer than its {bytes.Length} bytes, so it is being written or has no end; it is taken up once it is whole.");
    }
}
