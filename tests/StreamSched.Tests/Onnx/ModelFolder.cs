namespace StreamSched.Tests.Onnx;

/// <summary>A folder of models of its own for one test.</summary>
internal sealed class ModelFolder : IDisposable
{
    public ModelFolder(params string[] models)
    {
        foreach (var model in models)
            Copy(model, model);
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("streamsched-models-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Puts one of the repository's models there under a name.</summary>
    public void Copy(string model, string name)
    {
        foreach (var extension in new[] { ".json", ".onnx" })
            System.IO.File.Copy(System.IO.Path.Combine(Sample.Models, model + extension), File(name + extension), overwrite: true);
    }

    /// <summary>Puts a model of our own there.</summary>
    public void Write(string name, byte[] model, string manifest)
    {
        System.IO.File.WriteAllText(File(name + ".json"), manifest);
        System.IO.File.WriteAllBytes(File(name + ".onnx"), model);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
