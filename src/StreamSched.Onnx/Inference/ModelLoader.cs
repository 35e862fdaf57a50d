using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using StreamSched.Onnx.Models;
using StreamSched.Onnx.Processors;

namespace StreamSched.Onnx.Inference;

/// <summary>Makes a session from a model file and its manifest and checks that the two agree, and that what they promise can be kept.</summary>
internal static class ModelLoader
{
    /// <summary>Reads and loads a model.</summary>
    public static LoadedModel Load(string folder, string name, ProcessorSettings processor, CancellationToken cancellation = default) =>
        Load(ModelFiles.Read(folder, name, null, cancellation), folder, name, processor, PayloadLimits.None, cancellation);

    /// <summary>Loads a model that was read.</summary>
    /// <param name="content">Its bytes.</param>
    /// <param name="folder">Where they were, for messages.</param>
    /// <param name="name">The variant.</param>
    /// <param name="processor">Where it is to run.</param>
    /// <param name="limits">How large requests and answers may be.</param>
    /// <param name="cancellation">Ends it where ONNX Runtime can be stopped: runs soon, the making of a session between two of its steps.</param>
    /// <exception cref="ModelException">It cannot be served; the message says what to change.</exception>
    public static LoadedModel Load(
        ModelContent content, string folder, string name, ProcessorSettings processor, PayloadLimits limits, CancellationToken cancellation)
    {
        var modelFile = Path.Combine(folder, name + ".onnx");
        var manifestFile = Path.Combine(folder, name + ".json");
        var manifest = ManifestReader.Read(manifestFile, content.Manifest);
        CheckRequests(manifestFile, manifest.Input, limits);
        var session = Open(modelFile, content.Model, processor, cancellation);
        try
        {
            CheckInput(modelFile, manifestFile, manifest.Input, session.InputMetadata);
            CheckOutput(modelFile, manifestFile, manifest.Output, session.OutputMetadata);
            var outputShape = Probe(modelFile, manifestFile, manifest, session, cancellation);
            CheckAnswer(modelFile, outputShape, limits);
            return new LoadedModel(name, manifest, content.Digest, content.FileBytes, session, outputShape);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private static InferenceSession Open(string modelFile, byte[] bytes, ProcessorSettings processor, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using var options = ExecutionProviders.CreateOptions(processor);
        using (cancellation.UnsafeRegister(static options => ((SessionOptions)options!).SetLoadCancellationFlag(true), options))
        {
            try
            {
                return new InferenceSession(bytes, options);
            }
            catch (OnnxRuntimeException e)
            {
                cancellation.ThrowIfCancellationRequested();
                throw new ModelException($"{modelFile}: no ONNX model that ONNX Runtime {OrtEnv.Instance().GetVersionString()} can load: {e.Message}", e);
            }
        }
    }

    /// <summary>A request of every encoding whose size is known must fit through the topics, or the worker would promise what nobody can send.</summary>
    private static void CheckRequests(string manifestFile, ModelInput input, PayloadLimits limits)
    {
        foreach (var (encoding, bytes) in new[]
                 {
                     (PayloadEncoding.Tensor, sizeof(float) * (long)input.Elements), (PayloadEncoding.Grey8, input.Elements),
                     (PayloadEncoding.Rgb8, input.Elements),
                 })
        {
            if (input.Accepts(encoding) && bytes > limits.RequestBytes)
            {
                var others = string.Join(", ", Enum.GetValues<PayloadEncoding>()
                    .Where(other => other > encoding && input.Accepts(other)).Select(other => $"\"{other.ToString().ToLowerInvariant()}\""));
                throw new ModelException(
                    $"{manifestFile}: a request with a {encoding.ToString().ToLowerInvariant()} of shape {Shape(input.Shape)} has {bytes} bytes, "
                    + $"but {limits.RequestTopics} take {limits.RequestBytes}. "
                    + $"Raise their max.message.bytes{(others.Length == 0 ? "." : $", or say in $.input.encodings what else requests may send: [{others}].")}");
            }
        }
    }

    private static void CheckAnswer(string modelFile, int[] outputShape, PayloadLimits limits)
    {
        var bytes = outputShape.Aggregate((long)sizeof(float), (product, dimension) => product * dimension);
        if (bytes > limits.AnswerBytes)
        {
            throw new ModelException(
                $"{modelFile}: an answer of shape {Shape(outputShape)} has {bytes} bytes, but {limits.AnswerTopic} takes {limits.AnswerBytes}. "
                + "Raise its max.message.bytes, or export the model with a smaller output.");
        }
    }

    private static void CheckInput(string modelFile, string manifestFile, ModelInput input, IReadOnlyDictionary<string, NodeMetadata> inputs)
    {
        if (inputs.Count != 1)
            throw new ModelException($"{modelFile}: has {inputs.Count} inputs ({Names(inputs)}), only models with one can be served.");
        if (!inputs.TryGetValue(input.Name, out var node))
            throw new ModelException($"{manifestFile}: $.input.name is '{input.Name}', but the model's input is called {Names(inputs)}.");
        if (!node.IsTensor || node.ElementDataType != TensorElementType.Float)
            throw new ModelException($"{modelFile}: input '{input.Name}' holds {node.ElementDataType}, only float32 tensors can be served.");
        if (node.Dimensions.Length == 0 || node.Dimensions[0] is not (-1 or 1))
            throw new ModelException(
                $"{modelFile}: input '{input.Name}' is {Shape(node.Dimensions)}; its first dimension must be a batch, of any size or of 1.");
        var own = node.Dimensions[1..];
        if (own.Length != input.Shape.Count || !own.Zip(input.Shape).All(pair => pair.First == -1 || pair.First == pair.Second))
            throw new ModelException(
                $"{manifestFile}: $.input.shape is {Shape(input.Shape)}, but the model's input is {Shape(node.Dimensions)}, the first being the batch.");
    }

    private static void CheckOutput(string modelFile, string manifestFile, ModelOutput output, IReadOnlyDictionary<string, NodeMetadata> outputs)
    {
        if (!outputs.TryGetValue(output.Name, out var node))
            throw new ModelException($"{manifestFile}: $.output.name is '{output.Name}', but the model's outputs are called {Names(outputs)}.");
        if (!node.IsTensor || node.ElementDataType != TensorElementType.Float)
            throw new ModelException($"{modelFile}: output '{output.Name}' holds {node.ElementDataType}, only float32 tensors can be served.");
    }

    /// <summary>
    /// Runs at the largest batch and alone, on noise and on zeros: declared shapes may be symbolic, or wrong, a batch may be one in name only, and an output
    /// may be as long as what it finds, which nobody could bind.
    /// </summary>
    private static int[] Probe(string modelFile, string manifestFile, ModelManifest manifest, InferenceSession session, CancellationToken cancellation)
    {
        var fixedBatch = session.InputMetadata[manifest.Input.Name].Dimensions[0];
        if (fixedBatch == 1 && manifest.MaxBatch != 1)
            throw new ModelException($"{manifestFile}: $.maxBatch is {manifest.MaxBatch}, but the model's batch is fixed at 1: write 1.");

        var noise = new float[manifest.Input.Elements * manifest.MaxBatch];
        Noise.Fill(Noise.Source(), noise);
        var shape = Run(manifest.MaxBatch, noise);
        if (!Run(1, new float[manifest.Input.Elements]).SequenceEqual(shape))
            throw new ModelException($"{modelFile}: its output has another shape for another input ({Shape(shape)} for noise), so that answers cannot be read. "
                + "Export it with a fixed one.");
        var values = shape.Aggregate(1L, (product, dimension) => product * dimension);
        if (manifest.Output.Kind != OutputKind.Tensor && values != manifest.Labels.Count)
            throw new ModelException($"{manifestFile}: $.labels names {manifest.Labels.Count} classes, but the model's output has {values} values.");
        if (values is 0 or > int.MaxValue / ModelManifest.LargestBatch)
            throw new ModelException($"{modelFile}: an answer of shape {Shape(shape)} has {values} values, which cannot be served.");
        return shape;

        int[] Run(int batch, float[] values)
        {
            long[] asked = [batch, .. manifest.Input.Shape.Select(dimension => (long)dimension)];
            using var input = OrtValue.CreateTensorValueFromMemory(values, asked);
            long[] answer;
            using var options = new RunOptions();
            try
            {
                using var registration = cancellation.UnsafeRegister(static options => ((RunOptions)options!).Terminate = true, options);
                using var results = session.Run(options, [manifest.Input.Name], [input], [manifest.Output.Name]);
                answer = results[0].GetTensorTypeAndShape().Shape;
            }
            catch (OnnxRuntimeException e)
            {
                cancellation.ThrowIfCancellationRequested();
                throw new ModelException($"{modelFile}: does not run on {Shape(asked)} as {manifestFile} describes it: {e.Message}", e);
            }

            if (answer.Length == 0 || answer[0] != batch)
                throw new ModelException($"{modelFile}: a batch of {batch} gives output {Shape(answer)}, whose first dimension must be the batch.");
            return [.. answer[1..].Select(dimension => (int)Math.Min(dimension, int.MaxValue))];
        }
    }

    private static string Names(IReadOnlyDictionary<string, NodeMetadata> nodes) => string.Join(", ", nodes.Keys.Select(name => $"'{name}'"));

    private static string Shape<T>(IEnumerable<T> dimensions) => $"[{string.Join(", ", dimensions)}]";
}
