using System.Numerics.Tensors;
using Microsoft.ML.OnnxRuntime;
using StreamSched.Onnx.Models;

namespace StreamSched.Onnx.Inference;

/// <summary>
/// Runs batches of one model on preallocated, pinned tensors: one binding per batch size over the same memory, so that a run allocates nothing.
/// For one thread at a time. Rented from a <see cref="LoadedModel"/>; disposing hands it back.
/// </summary>
public sealed class ModelRunner : IDisposable
{
    private readonly RunOptions _options = new() { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
    private readonly Lock _ending = new();
    private readonly InferenceSession _session;
    private readonly PayloadConversion _conversion;
    private readonly OutputKind _kind;
    private readonly int _inputElements;
    private readonly int _outputElements;
    private readonly float[] _input;
    private readonly float[] _output;
    private readonly OrtIoBinding[] _bindings;
    private readonly OrtValue[] _tensors;
    private bool _isRunning;
    private bool _isEnded;
    private bool _isStopped;

    internal ModelRunner(LoadedModel model, InferenceSession session, ReadOnlySpan<int> outputShape)
    {
        Model = model;
        var manifest = model.Manifest;
        _session = session;
        _conversion = new PayloadConversion(manifest.Input);
        _kind = manifest.Output.Kind;
        _inputElements = manifest.Input.Elements;
        _outputElements = 1;
        foreach (var dimension in outputShape)
            _outputElements *= dimension;
        _input = GC.AllocateArray<float>(_inputElements * model.MaxBatch, pinned: true);
        _output = GC.AllocateArray<float>(_outputElements * model.MaxBatch, pinned: true);
        _bindings = new OrtIoBinding[model.MaxBatch];
        _tensors = new OrtValue[2 * model.MaxBatch];
        for (var batch = 1; batch <= model.MaxBatch; batch++)
        {
            var input = Bind(_input, batch, _inputElements, manifest.Input.Shape);
            var output = Bind(_output, batch, _outputElements, outputShape.ToArray());
            (_tensors[2 * batch - 2], _tensors[2 * batch - 1]) = (input, output);
            var binding = _bindings[batch - 1] = session.CreateIoBinding();
            binding.BindInput(manifest.Input.Name, input);
            binding.BindOutput(manifest.Output.Name, output);
        }
    }

    /// <summary>What is run.</summary>
    public LoadedModel Model { get; }

    /// <summary>How many items of the last run were fit to run, whether the model then answered or not.</summary>
    public int Ran { get; private set; }

    /// <summary>Why the last run ended in <see cref="InferenceFault.Model"/>, in ONNX Runtime's words; null where it did not.</summary>
    public string? Failure { get; private set; }

    /// <summary>Runs a batch. Items that cannot be answered get their fault, the others are answered.</summary>
    /// <param name="payloads">At most <see cref="LoadedModel.MaxBatch"/> items.</param>
    /// <param name="outcomes">Gets one outcome per item, in order.</param>
    /// <returns>How many were answered.</returns>
    public int Run(ReadOnlySpan<InferencePayload> payloads, Span<InferenceOutcome> outcomes) => Run(payloads, outcomes, isOwn: false);

    /// <summary>Runs raw values of our own, which the model need not accept from requests.</summary>
    internal int Measure(ReadOnlySpan<InferencePayload> payloads, Span<InferenceOutcome> outcomes) => Run(payloads, outcomes, isOwn: true);

    /// <summary>Ends the run that goes on, if there is one; its items fail. From any thread. ONNX Runtime looks for it between two operators.</summary>
    /// <returns>Whether there is one.</returns>
    internal bool EndRun()
    {
        lock (_ending)
            return _isRunning && (_options.Terminate = _isEnded = true);
    }

    /// <summary>Ends the run that goes on and all later ones.</summary>
    internal void Stop()
    {
        lock (_ending)
            _options.Terminate = _isEnded = _isStopped = true;
    }

    private int Run(ReadOnlySpan<InferencePayload> payloads, Span<InferenceOutcome> outcomes, bool isOwn)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payloads.Length, Model.MaxBatch);
        ArgumentOutOfRangeException.ThrowIfLessThan(outcomes.Length, payloads.Length);

        Failure = null;
        var rows = 0;
        for (var i = 0; i < payloads.Length; i++)
        {
            var row = _input.AsSpan(rows * _inputElements, _inputElements);
            var fault = isOwn ? _conversion.FillTensor(payloads[i], row) : _conversion.Fill(payloads[i], row);
            outcomes[i] = new InferenceOutcome(fault, fault == InferenceFault.None ? rows++ : -1, -1);
        }

        Ran = rows;
        if (rows == 0)
            return 0;
        Begin();
        try
        {
            _session.RunWithBinding(_options, _bindings[rows - 1]);
        }
        catch (OnnxRuntimeException e)
        {
            Failure = e.Message;
        }
        finally
        {
            if (Finish())
                Failure = "it took too long and was ended";
        }

        var ran = Failure is null;
        var answered = 0;
        for (var i = 0; i < payloads.Length; i++)
        {
            if (outcomes[i].Row < 0)
                continue;
            outcomes[i] = ran ? Read(outcomes[i].Row) : new InferenceOutcome(InferenceFault.Model, -1, -1);
            answered += outcomes[i].Fault == InferenceFault.None ? 1 : 0;
        }

        return answered;
    }

    /// <summary>The answer to an item of the last run: class probabilities, or the raw tensor of a model without labels.</summary>
    /// <param name="outcome">Of an answered item.</param>
    /// <returns>The values, valid until the next run.</returns>
    public ReadOnlySpan<float> Values(in InferenceOutcome outcome) => _output.AsSpan(outcome.Row * _outputElements, _outputElements);

    /// <summary>Hands the runner back to its model.</summary>
    public void Dispose() => Model.Return(this);

    /// <summary>Frees the tensors; for the model, when it is done with.</summary>
    internal void Free()
    {
        foreach (var binding in _bindings)
            binding.Dispose();
        foreach (var tensor in _tensors)
            tensor.Dispose();
        _options.Dispose();
    }

    private void Begin()
    {
        lock (_ending)
        {
            _isRunning = true;
            if (_isEnded && !_isStopped)
                _options.Terminate = _isEnded = false;
        }
    }

    /// <summary>Whether the run was ended from outside. A result that came all the same is not taken: nobody knows whether it is whole.</summary>
    private bool Finish()
    {
        lock (_ending)
        {
            _isRunning = false;
            return _isEnded;
        }
    }

    private InferenceOutcome Read(int row)
    {
        var values = _output.AsSpan(row * _outputElements, _outputElements);
        if (!TensorPrimitives.IsFiniteAll<float>(values))
        {
            Failure = "the output holds a value that is not finite";
            return new InferenceOutcome(InferenceFault.Model, -1, -1);
        }

        if (_kind == OutputKind.Tensor)
            return new InferenceOutcome(InferenceFault.None, row, -1);
        if (_kind == OutputKind.Logits)
            SoftMax(values);
        return new InferenceOutcome(InferenceFault.None, row, TensorPrimitives.IndexOfMax<float>(values));
    }

    // Shifted by the largest score: exp of a large logit would overflow, and TensorPrimitives.SoftMax does not shift.
    private static void SoftMax(Span<float> values)
    {
        TensorPrimitives.Subtract(values, TensorPrimitives.Max<float>(values), values);
        TensorPrimitives.Exp(values, values);
        TensorPrimitives.Divide(values, TensorPrimitives.Sum<float>(values), values);
    }

    private static OrtValue Bind(float[] memory, int batch, int elements, IEnumerable<int> shape) =>
        OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, memory.AsMemory(0, batch * elements), [batch, .. shape.Select(d => (long)d)]);
}
