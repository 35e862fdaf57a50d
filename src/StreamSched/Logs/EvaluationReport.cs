using StreamSched.Analysis.Estimation;
using StreamSched.Simulation.Experiments;

namespace StreamSched.Logs;

/// <summary>What <c>streamsched evaluate</c> found. Values per request.</summary>
internal sealed record EvaluationReport
{
    /// <summary>What was read.</summary>
    public required LogSummary Source { get; init; }

    /// <summary>What it holds.</summary>
    public required LogFigures Log { get; init; }

    /// <summary>The world of the re-simulated answer; null: none was given.</summary>
    public string? Scenario { get; init; }

    /// <summary>The policies.</summary>
    public required IReadOnlyList<Entry> Policies { get; init; }

    /// <summary>Whether each policy has an estimate, and none of its answers contradicts another.</summary>
    public bool IsTrusted => Policies.All(p => p.Figures.Refusals.Count == 0 && !p.IsContradicted);

    /// <summary>One policy.</summary>
    /// <param name="Figures">What the log says.</param>
    /// <param name="Resimulated">How much more it earns than the policy that logged when it serves alone in the world; null: no world was given.</param>
    /// <param name="ResimulatedHalf">Half of the interval over seeds.</param>
    /// <param name="IsContradicted">Whether gross, net and re-simulated have different signs.</param>
    internal sealed record Entry(PolicyFigures Figures, double? Resimulated, double? ResimulatedHalf, bool IsContradicted)
    {
        /// <summary>Makes it.</summary>
        /// <param name="figures">What the log says.</param>
        /// <param name="more">How much more it earns in the world; null: no world was given.</param>
        public static Entry Of(PolicyFigures figures, Interval? more)
        {
            double least = new EvaluationSettings().LeastDifference;
            double[] answers = [figures.Gross?.Difference ?? 0, figures.Net?.Difference ?? 0, more?.Mean ?? 0];
            return new Entry(figures, more?.Mean, more?.Half, answers.Any(a => a > least) && answers.Any(a => a < -least));
        }
    }
}
