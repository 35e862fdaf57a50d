using StreamSched.Analysis.Estimation;
using StreamSched.Analysis.Replays;
using StreamSched.Analysis.Training;
using StreamSched.Analysis.Worlds;
using StreamSched.Avro.Records;
using StreamSched.Core.PolicyFiles;
using StreamSched.Core.Registry;
using StreamSched.Core.Scheduling;
using StreamSched.Documents;
using StreamSched.Hosting;
using StreamSched.Kafka.Topics;
using StreamSched.Simulation.Experiments;

namespace StreamSched.Logs;

/// <summary>Trains a policy from the earlier part of a log, judges it by the later part, and writes its file with what was found.</summary>
/// <param name="context">The command's context.</param>
/// <param name="options">Which log.</param>
/// <param name="settings">What is trained, and how.</param>
internal sealed class LogTraining(CommandContext context, LogOptions options, LogTrainerSettings settings)
{
    private const int Seeds = 5;

    /// <summary>Trains, and writes the file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="notes">What else it shall say of its training: command, commit.</param>
    /// <exception cref="UsageException">The log holds nothing that this policy can be trained from, or not who logged.</exception>
    public LogTrainingReport Run(string path, IReadOnlyDictionary<string, string> notes)
    {
        if (PolicyCatalogue.Find(settings.Kind) is { IsReplayable: false, IsAskable: false } && settings.Scenario is null)
        {
            throw new UsageException(
                $"--scenario: '{settings.Kind}' looks at more than records hold, so a log cannot tell what it would have chosen; name a twin of the cluster to "
                + "judge it in (streamsched twin)");
        }

        PolicyShelf shelf = options.Shelf(context, PolicyShelves.Published(context, options.Open(context)));
        LogTrainer trainer = new(settings, shelf, handler => Read(handler), context.Stop);
        if (trainer.Train(out LogTrained? trained) is { } refusal) throw new UsageException($"{options.Wanted(context)}: {refusal}");
        (RecordedPolicy policy, RecordedPolicy logger) = (trained!.Policy, trained.Logger);
        Interval? more = settings.Scenario is { } scenario
            ? new Resimulation(scenario, Seeds, new SchedulerSettings().Exploration).Difference(policy, logger, context.Stop) : null;
        PolicySupport support = trained.File.Support!;
        LogTrainingReport report = new()
        {
            File = path, Policy = settings.Kind, Logger = support.Baseline, Decisions = trained.Decisions, Used = trained.Used, Last = trained.Last,
            LeftOut = trained.LeftOut, Cells = support.Grid.Cells, Supported = support.Supported, Kept = trained.Kept, Resimulated = more?.Mean,
            ResimulatedHalf = more?.Half, Evaluation = policy.Refusal is null ? Evaluate(policy, shelf, trained.Last, more) : null, Problem = policy.Refusal,
        };
        Save(path, trained.File, report, notes);
        return report;
    }

    private EvaluationReport Evaluate(RecordedPolicy policy, PolicyShelf shelf, long last, Interval? more)
    {
        LogEvaluation evaluation = new([(settings.Kind, policy)], shelf, new EvaluationSettings());
        RecordedLog log = Read((in ExperienceView record) =>
        {
            if (record.At > last) evaluation.Take(record);
        });
        (LogFigures figures, IReadOnlyList<PolicyFigures> found) = evaluation.Finish();
        return new EvaluationReport
        {
            Source = LogSummary.Of(log), Log = figures, Scenario = settings.Scenario?.Name, Policies = [EvaluationReport.Entry.Of(found[0], more)],
        };
    }

    private RecordedLog Read(ExperienceHandler handler)
    {
        RecordedLog log = options.Open(context);
        log.Read<ExperienceView, Experience>(TopicCatalogue.Experience, handler.Invoke);
        return log;
    }

    private void Save(string path, LoadedPolicy trained, LogTrainingReport report, IReadOnlyDictionary<string, string> notes)
    {
        Dictionary<string, double> figures = new(trained.Metadata.Figures);
        foreach ((string name, double value) in report.Figures) figures[name] = value;
        Dictionary<string, string> said = new(trained.Metadata.Notes) { ["log"] = options.Wanted(context) };
        foreach ((string name, string text) in notes) said[name] = text;
        PolicyMetadata metadata = trained.Metadata with { Figures = figures, Notes = said };
        UserFile.Replace(path, LogTrainer.With(trained, metadata).Bytes.Span);
    }
}
