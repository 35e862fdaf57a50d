using StreamSched.Onnx.Energy;
using StreamSched.Onnx.Inference;

namespace StreamSched.Onnx.Execution;

/// <summary>What became of a batch. Points into the runner's buffers: valid only within the callback that gets it.</summary>
public readonly ref struct BatchResult
{
    private readonly ModelRunner? _runner;

    internal BatchResult(ModelRunner? runner) => _runner = runner;

    /// <summary>With which variant it was to run.</summary>
    public required string Variant { get; init; }

    /// <summary>The model that ran; null where there is none of this name.</summary>
    public LoadedModel? Model => _runner?.Model;

    /// <summary>The requests. A batch larger than the model takes comes back in several results.</summary>
    public required ReadOnlySpan<BatchItem> Items { get; init; }

    /// <summary>What became of each of <see cref="Items"/>.</summary>
    public required ReadOnlySpan<InferenceOutcome> Outcomes { get; init; }

    /// <summary>Why items ended in <see cref="InferenceFault.Model"/>, for the log; null where none did.</summary>
    public required string? Failure { get; init; }

    /// <summary>When the run started, a timestamp of the loop's clock.</summary>
    public required long Started { get; init; }

    /// <summary>How long it took, on the emulated device where there is one.</summary>
    public required TimeSpan Service { get; init; }

    /// <summary>How many requests ran together: those whose payload was fit to run.</summary>
    public required int Ran { get; init; }

    /// <summary>What else ran on the worker's machine when it started: batches by variant.</summary>
    public required IReadOnlyDictionary<string, int> CoRunners { get; init; }

    /// <summary>Factor by which a slower device is emulated.</summary>
    public required double Slowdown { get; init; }

    /// <summary>The share of one request that ran.</summary>
    public required EnergyReading Energy { get; init; }

    /// <summary>The answer to an item: class probabilities, or the raw tensor of a model without labels.</summary>
    /// <param name="item">Index of an answered item.</param>
    /// <returns>The values, valid until the callback returns.</returns>
    public ReadOnlySpan<float> Values(int item) => _runner is null ? [] : _runner.Values(Outcomes[item]);

    /// <summary>The name of an item's class.</summary>
    /// <param name="item">Index of the item.</param>
    /// <returns>The name; null for models without labels and for items that were not answered.</returns>
    public string? LabelName(int item) => _runner is not null && Outcomes[item].Label >= 0 ? _runner.Model.Manifest.Labels[Outcomes[item].Label] : null;
}
