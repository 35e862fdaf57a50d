using System.Text.Json;
using StreamSched.Documents;
using StreamSched.Onnx.Inference;
using StreamSched.Onnx.Processors;
using StreamSched.Onnx.Profiling;

namespace StreamSched.Onnx.Catalogue;

/// <summary>The records of measured interference, in <c>interference/</c> beside the manifests.</summary>
public static class InterferenceFolder
{
    private const string Name = "interference";
    private const long MostBytes = 1 << 24;

    /// <summary>Writes a record, over an older one of the same pair.</summary>
    /// <param name="modelFolder">The model folder.</param>
    /// <param name="record">The record.</param>
    /// <returns>The file.</returns>
    public static string Write(string modelFolder, InterferenceRecord record)
    {
        var file = FileOf(modelFolder, record.A, record.B);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        // Beside it first: a worker that reads meanwhile sees the old record or the new one, never half of one.
        var half = file + ".new";
        File.WriteAllBytes(half, JsonSerializer.SerializeToUtf8Bytes(record, InterferenceJson.Default.InterferenceRecord));
        File.Move(half, file, overwrite: true);
        return file;
    }

    /// <summary>The file of a pair.</summary>
    /// <param name="modelFolder">The model folder.</param>
    /// <param name="a">The first variant.</param>
    /// <param name="b">The other.</param>
    public static string FileOf(string modelFolder, string a, string b) => Path.Combine(Path.GetFullPath(modelFolder), Name, $"{a}+{b}.json");

    /// <summary>Reads a record.</summary>
    /// <param name="file">The file.</param>
    /// <returns>The record, complete and consistent.</returns>
    /// <exception cref="ModelException">It is not; the message names file and JSON path.</exception>
    public static InterferenceRecord Read(string file)
    {
        try
        {
            var record = JsonSerializer.Deserialize(UserJson.Utf8(UserFile.ReadBytes(file, MostBytes)), InterferenceJson.Default.InterferenceRecord)
                ?? throw new JsonException("The file holds null.");
            var complaints = record.Check().ToArray();
            return complaints.Length == 0
                ? record
                : throw new ModelException($"{file}: {string.Join("; ", complaints)}. Measure again with streamsched profile.");
        }
        catch (JsonException e)
        {
            throw new ModelException($"{file}: {UserJson.Fault(e)}. Measure again with streamsched profile.", e);
        }
    }

    /// <summary>
    /// Reads what holds for the loaded models on this machine. Records of other machines, other settings or models that have been replaced are left out, each
    /// with a word why: a matrix belongs to a device.
    /// </summary>
    /// <param name="modelFolder">The model folder.</param>
    /// <param name="models">What is loaded.</param>
    /// <param name="processor">On what it runs.</param>
    /// <returns>The matrices to register, and what was left out.</returns>
    public static (IReadOnlyList<InterferenceFactors> Matrices, IReadOnlyList<ModelProblem> Problems) Load(
        string modelFolder, CatalogueSnapshot models, ProcessorSettings processor)
    {
        var matrices = new List<InterferenceFactors>();
        var problems = new List<ModelProblem>();
        var folder = Path.Combine(modelFolder, Name);
        string[] files = Directory.Exists(folder) ? [.. Directory.GetFiles(folder, "*.json").Order(StringComparer.Ordinal)] : [];
        foreach (var file in files)
        {
            try
            {
                var record = Read(file);
                if (!models.Models.TryGetValue(record.A, out var a) || !models.Models.TryGetValue(record.B, out var b))
                    continue; // Of models that this worker does not serve: nothing is wrong.
                if (WhyNot(record, a, b, processor) is { } reason)
                    problems.Add(new ModelProblem(
                        Path.GetFileNameWithoutExtension(file), $"{file}: not used, {reason}. Measure again with streamsched profile."));
                else
                    matrices.AddRange(record.Matrices());
            }
            catch (Exception e) when (e is ModelException or IOException or UnauthorizedAccessException)
            {
                problems.Add(new ModelProblem(Path.GetFileNameWithoutExtension(file), e.Message));
            }
        }

        return (matrices, problems);
    }

    private static string? WhyNot(InterferenceRecord record, LoadedModel a, LoadedModel b, ProcessorSettings processor)
    {
        var here = MachineDescription.Current;
        if (record.DigestA != Convert.ToHexStringLower(a.Digest.Span))
            return $"{record.A} has been replaced since";
        if (record.DigestB != Convert.ToHexStringLower(b.Digest.Span))
            return $"{record.B} has been replaced since";
        if ((record.Machine.Cpu, record.Machine.Cores) != (here.Cpu, here.Cores))
            return $"it was measured on {record.Machine.Cores} cores of {record.Machine.Cpu}, here are {here.Cores} of {here.Cpu}";
        if ((record.Provider, record.Threads) != (processor.Provider, processor.Threads))
            return $"it was measured with {record.Threads} threads of {record.Provider}, the processor has {processor.Threads} of {processor.Provider}";
        return null;
    }
}
