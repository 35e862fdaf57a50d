using Microsoft.ML.OnnxRuntime;

namespace StreamSched.Onnx.Processors;

/// <summary>Execution providers by name, as far as the installed ONNX Runtime has them.</summary>
public static class ExecutionProviders
{
    internal const string Cpu = "cpu";
    private const string Suffix = "ExecutionProvider";

    /// <summary>Names of the installed ones, in lower case.</summary>
    public static IReadOnlyList<string> Installed { get; } =
        [.. OrtEnv.Instance().GetAvailableProviders().Select(name => name.Replace(Suffix, "", StringComparison.Ordinal).ToLowerInvariant())];

    /// <summary>Whether one is installed.</summary>
    /// <param name="name">Its name in lower case.</param>
    public static bool IsInstalled(string name) => Installed.Contains(name);

    internal static SessionOptions CreateOptions(ProcessorSettings processor)
    {
        var options = new SessionOptions
        {
            IntraOpNumThreads = processor.Threads,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            // Errors come back as exceptions; on stderr they would only tear up a live terminal view.
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        // Several models share the cores: a pool that spins while it waits would take time from the others, and would be measured as their interference.
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        // By its bytes a file could pass for ONNX Runtime's own format, which refers to other files in ways of its own.
        options.AddSessionConfigEntry("session.load_model_format", "ONNX");
        // External data are in the model by now. What is not there must not be looked for in the working directory: nothing lies in a device.
        options.AddSessionConfigEntry("session.model_external_initializers_file_folder_path", "/dev/null");
        switch (processor.Provider)
        {
            case Cpu: break;
            case "cuda": options.AppendExecutionProvider_CUDA(); break;
            case "tensorrt": options.AppendExecutionProvider_Tensorrt(); break;
            case "openvino": options.AppendExecutionProvider_OpenVINO(); break;
            case "dml": options.AppendExecutionProvider_DML(); break;
            case "rocm": options.AppendExecutionProvider_ROCm(); break;
            case "migraphx": options.AppendExecutionProvider_MIGraphX(); break;
            case "coreml": options.AppendExecutionProvider_CoreML(); break;
            case "dnnl": options.AppendExecutionProvider_Dnnl(); break;
            default: options.AppendExecutionProvider(processor.Provider.ToUpperInvariant()); break;
        }

        return options;
    }
}
