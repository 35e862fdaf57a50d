using System.Security.Cryptography;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using StreamSched.Onnx.Execution;

namespace StreamSched.Onnx.Models;

/// <summary>Makes a session from a model file and its manifest and checks that the two agree.</summary>
internal static class ModelLoader
{
    public static LoadedModel Load(string folder, string name, ProcessorSettings processor)
    {
        var modelFile = Path.Combine(folder, name + ".onnx");
        var manifestFile = Path.Combine(folder, name + ".json");
        if (!File.Exists(modelFile))
            throw new ModelException($"{modelFile}: no such model file{(File.Exists(manifestFile) ? $", but {manifestFile} describes one" : "")}.");
        if (!File.Exists(manifestFile))
            throw new ModelException($"{manifestFile}: the manifest is missing. Write one, models/README.md describes it.");

        // Read once: the digest is that of the very bytes which are loaded, even where the file is being replaced.
        var bytes = File.ReadAllBytes(modelFile);
        var manifest = ManifestReader.Read(manifestFile, File.ReadAllBytes(manifestFile));
        InferenceSession session;
        using (var options = ExecutionProviders.CreateOptions(processor))
        {
            try
            {
                session = new InferenceSession(bytes, options);
            }
            catch (OnnxRuntimeException e)
            {
                throw new ModelException($"{modelFile}: no ONNX model that ONNX Runtime {OrtEnv.Instance().GetVersionString()} can load: {e.Message}", e);
            }
        }

        try
        {
            CheckInput(modelFile, manifestFile, manifest.Input, session.InputMetadata);
            CheckOutput(modelFile, manifestFile, manifest.Output, session.OutputMetadata);
            return new LoadedModel(name, manifest, SHA256.HashData(bytes), bytes.Length, session, Probe(modelFile, manifestFile, manifest, session));
        }
        catch
        {
            session.Dispose();
            throw;
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

    /// <summary>One run at the largest batch: declared shapes may be symbolic, or wrong, and a batch may be one in name only.</summary>
    private static int[] Probe(string modelFile, string manifestFile, ModelManifest manifest, InferenceSession session)
    {
        var fixedBatch = session.InputMetadata[manifest.Input.Name].Dimensions[0];
        if (fixedBatch == 1 && manifest.MaxBatch != 1)
            throw new ModelException($"{manifestFile}: $.maxBatch is {manifest.MaxBatch}, but the model's batch is fixed at 1: write 1.");

        long[] shape = [manifest.MaxBatch, .. manifest.Input.Shape.Select(dimension => (long)dimension)];
        using var input = OrtValue.CreateTensorValueFromMemory(new float[manifest.Input.Elements * manifest.MaxBatch], shape);
        long[] answer;
        try
        {
            using var options = new RunOptions();
            using var results = session.Run(options, [manifest.Input.Name], [input], [manifest.Output.Name]);
            answer = results[0].GetTensorTypeAndShape().Shape;
        }
        catch (OnnxRuntimeException e)
        {
            throw new ModelException($"{modelFile}: does not run on {Shape(shape)} as {manifestFile} describes it: {e.Message}", e);
        }

        if (answer.Length == 0 || answer[0] != manifest.MaxBatch)
            throw new ModelException($"{modelFile}: a batch of {manifest.MaxBatch} gives output {Shape(answer)}, whose first dimension must be the batch.");
        var outputShape = answer[1..].Select(dimension => checked((int)dimension)).ToArray();
        var values = outputShape.Aggregate(1, (product, dimension) => product * dimension);
        if (manifest.Output.Kind != OutputKind.Tensor && values != manifest.Labels.Count)
            throw new ModelException($"{manifestFile}: $.labels names {manifest.Labels.Count} classes, but the model's output has {values} values.");
        return outputShape;
    }

    private static string Names(IReadOnlyDictionary<string, NodeMetadata> nodes) => string.Join(", ", nodes.Keys.Select(name => $"'{name}'"));

    private static string Shape<T>(IEnumerable<T> dimensions) => $"[{string.Join(", ", dimensions)}]";
}
