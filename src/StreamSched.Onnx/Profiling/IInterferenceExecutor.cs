namespace StreamSched.Onnx.Profiling;

/// <summary>What runs the models while interference is measured: ONNX Runtime, or in tests a law that is known.</summary>
internal interface IInterferenceExecutor : IDisposable
{
    /// <summary>Lets <paramref name="a"/> inferences of the first model and <paramref name="b"/> of the second run all the time; returns then.</summary>
    void SetCoRunners(int a, int b);

    /// <summary>Runs one inference of the first or the second model, to its end.</summary>
    void Run(bool second);
}
