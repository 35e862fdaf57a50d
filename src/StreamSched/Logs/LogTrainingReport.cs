using StreamSched.Analysis.Estimation;

namespace StreamSched.Logs;

/// <summary>What <c>streamsched train --from-log</c> learned, and what the rest of the log says of it.</summary>
internal sealed record LogTrainingReport
{
    /// <summary>The policy file that was written.</summary>
    public required string File { get; init; }

    /// <summary>The policy.</summary>
    public required string Policy { get; init; }

    /// <summary>Who logged, and decides where the log does not support what was learned.</summary>
    public required string Logger { get; init; }

    /// <summary>Requests of the part that was learned from.</summary>
    public required int Decisions { get; init; }

    /// <summary>Of these, how many tell what is learned.</summary>
    public required int Used { get; init; }

    /// <summary>When the last of them was decided, µs since 1970; what came later judges the file.</summary>
    public required long Last { get; init; }

    /// <summary>Records of which nothing was learned, by the reason.</summary>
    public required IReadOnlyDictionary<string, long> LeftOut { get; init; }

    /// <summary>Cells of what the policy finds best.</summary>
    public required int Cells { get; init; }

    /// <summary>Of these, how many the log supports.</summary>
    public required int Supported { get; init; }

    /// <summary>Share of the later decisions in which the policy that logged decides.</summary>
    public required double Kept { get; init; }

    /// <summary>What the later part says of the file; null: it cannot be asked.</summary>
    public required EvaluationReport? Evaluation { get; init; }

    /// <summary>How much more it earns than the policy that logged when it serves alone in the world; null: no world was given.</summary>
    public double? Resimulated { get; init; }

    /// <summary>Half of the interval over seeds.</summary>
    public double? ResimulatedHalf { get; init; }

    /// <summary>Why there is no estimate by the log; null: there is one.</summary>
    public string? Problem { get; init; }

    /// <summary>Whether there is an estimate, and nothing contradicts it.</summary>
    public bool IsTrusted => Evaluation is { } evaluation ? evaluation.IsTrusted : Resimulated is not null;

    /// <summary>The figures for the file's metadata.</summary>
    public IReadOnlyDictionary<string, double> Figures
    {
        get
        {
            Dictionary<string, double> figures = new()
            {
                ["logDecisions"] = Decisions, ["logUsed"] = Used, ["logCells"] = Cells, ["logSupported"] = Supported, ["logKept"] = Kept,
            };
            if (Evaluation?.Policies[0].Figures is { } found)
            {
                figures["logJudged"] = Evaluation.Log.Decisions;
                figures["logEffective"] = found.EffectiveSampleSize;
                Add("logGross", found.Gross);
                Add("logNet", found.Net);
            }

            if (Resimulated is { } more) (figures["logResimulated"], figures["logResimulatedHalf"]) = (more, ResimulatedHalf ?? 0);
            return figures;

            void Add(string name, ValueEstimates? of)
            {
                if (of is not null) (figures[name], figures[name + "Lower"], figures[name + "Upper"]) = (of.Difference, of.Lower, of.Upper);
            }
        }
    }
}
