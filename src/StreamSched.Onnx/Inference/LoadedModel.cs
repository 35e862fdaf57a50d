using Microsoft.ML.OnnxRuntime;
using StreamSched.Onnx.Models;

namespace StreamSched.Onnx.Inference;

/// <summary>
/// A model variant that is ready to run: its session, what its manifest says and how long it takes here. Counted: it is freed once the catalogue has
/// let go of it and the last rented runner has come back, so a batch in flight always finishes on the model that it began with.
/// </summary>
public sealed class LoadedModel
{
    private readonly InferenceSession _session;
    private readonly int[] _outputShape;
    private readonly byte[] _digest;
    private readonly Lock _lock = new();
    private readonly Stack<ModelRunner> _idle = new();
    private int _rented;
    private bool _retired;
    private bool _freed;

    internal LoadedModel(string name, ModelManifest manifest, byte[] digest, long fileBytes, InferenceSession session, int[] outputShape)
    {
        Name = name;
        Manifest = manifest;
        FileBytes = fileBytes;
        MaxBatch = manifest.MaxBatch;
        _digest = digest;
        _session = session;
        _outputShape = outputShape;
        try
        {
            _idle.Push(new ModelRunner(this, session, outputShape));
        }
        catch (OnnxRuntimeException e)
        {
            throw new ModelException($"{name}.onnx: the tensors that its manifest describes cannot be bound: {e.Message}", e);
        }
    }

    /// <summary>The variant's name, that of its files.</summary>
    public string Name { get; }

    /// <summary>What its manifest says.</summary>
    public ModelManifest Manifest { get; }

    /// <summary>SHA-256 of the model file that was loaded, 32 bytes.</summary>
    public ReadOnlyMemory<byte> Digest => _digest;

    /// <summary>Length of the model file.</summary>
    public long FileBytes { get; }

    /// <summary>Memory for the model's weights and one slot's tensors. What ONNX Runtime needs in between is not counted: it does not tell.</summary>
    public long MemoryBytes => FileBytes + (long)sizeof(float) * MaxBatch * (Manifest.Input.Elements + _outputShape.Aggregate(1, (product, d) => product * d));

    /// <summary>Dimensions of one answer, without the batch.</summary>
    public ReadOnlyMemory<int> OutputShape => _outputShape;

    /// <summary>Largest batch that it may be run with: the manifest's, or less where larger ones took too long to measure.</summary>
    public int MaxBatch { get; private set; }

    /// <summary>How long it takes on this machine; null only while it is being measured.</summary>
    public ServiceProfile? Profile { get; private set; }

    /// <summary>Whether its memory has been freed.</summary>
    internal bool IsFreed
    {
        get
        {
            lock (_lock)
                return _freed;
        }
    }

    /// <summary>Takes a runner, a used one where there is one. The first of a slot allocates its tensors, later ones nothing.</summary>
    /// <param name="runner">The runner; dispose it to hand it back.</param>
    /// <returns>False where the model has been retired meanwhile: ask the catalogue again.</returns>
    public bool TryRent([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ModelRunner? runner)
    {
        lock (_lock)
        {
            if (_retired)
            {
                runner = null;
                return false;
            }

            _rented++;
            if (_idle.TryPop(out runner))
                return true;
        }

        try
        {
            runner = new ModelRunner(this, _session, _outputShape);
            return true;
        }
        catch
        {
            Release(null);
            throw;
        }
    }

    internal void Return(ModelRunner runner) => Release(runner);

    /// <summary>Sets what was measured, before anybody else sees the model.</summary>
    internal void Measured(ServiceProfile profile)
    {
        Profile = profile;
        MaxBatch = Math.Min(MaxBatch, profile.LargestBatch);
    }

    /// <summary>Lets go of it: no more rentals; freed with the last runner's return.</summary>
    internal void Retire()
    {
        lock (_lock)
        {
            _retired = true;
            FreeWhenUnused();
        }
    }

    private void Release(ModelRunner? runner)
    {
        lock (_lock)
        {
            _rented--;
            if (runner is not null)
                _idle.Push(runner);
            FreeWhenUnused();
        }
    }

    private void FreeWhenUnused()
    {
        if (!_retired || _rented > 0 || _freed)
            return;
        _freed = true;
        while (_idle.TryPop(out var runner))
            runner.Free();
        _session.Dispose();
    }
}
