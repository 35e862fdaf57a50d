using StreamSched.Bench;
using StreamSched.Hosting;
using StreamSched.Reports;
using StreamSched.Simulation.Experiments;

namespace StreamSched.Commands;

/// <summary>An experiment that runs in one go and leaves a report: <c>report.json</c> and <c>summary.md</c>.</summary>
internal static class ReportedExperiment
{
    /// <summary>Runs it, prints its report and writes it to files.</summary>
    /// <typeparam name="TReport">The report.</typeparam>
    /// <param name="context">The command's context.</param>
    /// <param name="folder">Where the files go.</param>
    /// <param name="run">Runs it.</param>
    /// <param name="toJson">The report as JSON.</param>
    /// <param name="write">Writes the report as Markdown.</param>
    public static async Task<int> RunAsync<TReport>(
        CommandContext context, string folder, Func<Provenance, IProgress<(int Done, int All)>, TReport> run, Func<TReport, string> toJson,
        Action<TReport, TextWriter> write)
    {
        OutputFile json = new(Path.Combine(folder, "report.json"), "--out"), summary = new(Path.Combine(folder, "summary.md"), "--out");
        OutputFile.Check([json, summary]);
        Provenance provenance = RunConditions.Now(context.Time).Simulated(context.CommandLine);
        using ProgressLine line = context.Progress();
        RunProgress progress = new(line, context.Time);
        TReport report;
        try
        {
            report = await Task.Run(() => run(provenance, progress)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.Stop.IsCancellationRequested)
        {
            return ExitCodes.Failure;
        }

        string text = toJson(report);
        if (context.IsJson) await context.Out.WriteLineAsync(text).ConfigureAwait(false);
        else write(report, context.Out);
        string?[] problems = [json.Write(to => to.WriteLine(text)), summary.Write(to => write(report, to))];
        foreach (string problem in problems.OfType<string>()) context.Error.WriteOneLine("streamsched: " + problem);
        return problems.All(p => p is null) ? ExitCodes.Ok : ExitCodes.Failure;
    }
}
