using StreamSched.Tests;
using StreamSched.Tests.Onnx;

namespace StreamSched.IntegrationTests.Devices;

/// <summary>A folder of models for one test: shipped ones, and small ones made byte by byte.</summary>
internal sealed class OwnModels : IDisposable
{
    public OwnModels(params string[] shipped)
    {
        foreach (string name in shipped) Copy(name, name);
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("streamsched-own-models-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Puts one of the repository's models there under a name.</summary>
    public void Copy(string shipped, string name)
    {
        foreach (string end in (string[])["json", "onnx"]) System.IO.File.Copy(Checkout.Path("models", $"{shipped}.{end}"), File($"{name}.{end}"),
            overwrite: true);
    }

    /// <summary>Puts a model there; <see cref="OnnxFile.Manifest"/> makes manifests, of the task "odd".</summary>
    public void Write(string name, byte[] model, string manifest, string task = "odd")
    {
        System.IO.File.WriteAllText(File($"{name}.json"), manifest.Replace("\"task\": \"odd\"", $"\"task\": \"{task}\"", StringComparison.Ordinal));
        System.IO.File.WriteAllBytes(File($"{name}.onnx"), model);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
