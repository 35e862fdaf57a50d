namespace StreamSched.Onnx.Profiling;

/// <summary>
/// How two models slow each other down on one machine, with everything that is needed to doubt it: ECSRL's D_A and D_B. The form of
/// <c>interference/A+B.json</c> beside the manifests.
/// </summary>
public sealed record InterferenceRecord
{
    /// <summary>Version of this form.</summary>
    public const int CurrentFormat = 1;

    /// <summary>Version of the form that the file has.</summary>
    public required int Format { get; init; }

    /// <summary>The first model; comes before <see cref="B"/> in ordinal order.</summary>
    public required string A { get; init; }

    /// <summary>The second model.</summary>
    public required string B { get; init; }

    /// <summary>SHA-256 of the first model's file, in hexadecimal digits.</summary>
    public required string DigestA { get; init; }

    /// <summary>SHA-256 of the second model's file, in hexadecimal digits.</summary>
    public required string DigestB { get; init; }

    /// <summary>K: co-runners go from 0 to K of each.</summary>
    public required int Size { get; init; }

    /// <summary>On which machine.</summary>
    public required MachineDescription Machine { get; init; }

    /// <summary>ONNX Runtime's execution provider.</summary>
    public required string Provider { get; init; }

    /// <summary>Threads within one run.</summary>
    public required int Threads { get; init; }

    /// <summary>The system's load average over the minute before: what else ran, in cores. Null where the system does not tell.</summary>
    public required double? LoadBefore { get; init; }

    /// <summary>When the measurement began.</summary>
    public required DateTimeOffset Began { get; init; }

    /// <summary>When it ended.</summary>
    public required DateTimeOffset Ended { get; init; }

    /// <summary>How often all cells were gone through.</summary>
    public required int Rounds { get; init; }

    /// <summary>Seed of the order.</summary>
    public required int Seed { get; init; }

    /// <summary>All cells: first those of <see cref="A"/>, row by row over m, then those of <see cref="B"/>.</summary>
    public required IReadOnlyList<InterferenceCell> Cells { get; init; }

    /// <summary>The two matrices.</summary>
    /// <returns>D_A and D_B.</returns>
    public IReadOnlyList<InterferenceFactors> Matrices() =>
        [.. new[] { A, B }.Select(variant => new InterferenceFactors(variant, A, B, Size,
            [.. Cells.Where(cell => cell.Variant == variant).Select(cell => (float)cell.Factor)]))];

    /// <summary>Checks that the record is complete and consistent with itself.</summary>
    /// <returns>Every complaint with its JSON path, empty where all is well.</returns>
    internal IEnumerable<string> Check()
    {
        if (Format != CurrentFormat)
        {
            yield return $"$.format is {Format}, this program reads {CurrentFormat}";
            yield break;
        }

        if (string.CompareOrdinal(A, B) >= 0)
            yield return "$.a must come before $.b";
        var expected = (from variant in new[] { A, B }
                        from m in Enumerable.Range(0, Math.Clamp(Size, 0, 8) + 1)
                        from r in Enumerable.Range(0, Math.Clamp(Size, 0, 8) + 1)
                        select (variant, m, r)).ToArray();
        if (Size is < 1 or > 8 || Cells.Count != expected.Length)
        {
            yield return $"$.cells has {Cells.Count} entries, size {Size} needs {expected.Length}";
            yield break;
        }

        for (var i = 0; i < expected.Length; i++)
        {
            var cell = Cells[i];
            if ((cell.Variant, cell.CoRunnerA, cell.CoRunnerB) != expected[i])
                yield return $"$.cells[{i}] should be {expected[i].variant} with m = {expected[i].m}, r = {expected[i].r}";
            if (!(cell.Factor > 0) || !float.IsFinite((float)cell.Factor))
                yield return $"$.cells[{i}].factor is {cell.Factor}, it must be positive";
            if (expected[i] is { m: 0, r: 0 } && cell.Factor != 1)
                yield return $"$.cells[{i}].factor is {cell.Factor}, without co-runners it is 1";
        }
    }
}
