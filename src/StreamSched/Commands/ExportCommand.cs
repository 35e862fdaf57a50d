using System.CommandLine;
using System.Globalization;
using StreamSched.Avro.Records;
using StreamSched.Hosting;
using StreamSched.Logs;

namespace StreamSched.Commands;

/// <summary><c>streamsched export</c>: a log as files for other tools.</summary>
internal static class ExportCommand
{
    private const int Chunk = 20_000;

    /// <summary>The command.</summary>
    public static Command Create()
    {
        LogOptions options = new();
        Option<string> folder = new("--out", "-o")
        {
            Description = "The folder for the files: a new one, or one whose export was interrupted.", Required = true,
        };
        Option<string> format = new Option<string>("--format")
        {
            Description = "parquet: tables for DuckDB, pandas, polars, Spark; avro: the records as they are, and the policies' versions, for replay and "
                + "evaluate; dsjson: decisions in full with all their probabilities, for Vowpal Wabbit; npz: the same over a fixed set of actions, as "
                + "arrays of the Open Bandit Pipeline; minari: episodes over that set, for learners of sequences.",
            DefaultValueFactory = _ => "parquet",
        }.OneOf("parquet", "avro", "dsjson", "npz", "minari");
        Option<int> chunk = new Option<int>("--chunk")
        {
            Description = "Records of a chunk, which an interrupted export goes on after.", DefaultValueFactory = _ => Chunk,
        }.Within(100, 1_000_000);
        Command command = CommandContext.WithJson(options.AddTo(new Command(
            "export",
            "Writes decisions with what came of them as files, and a data card that says what they hold. Given again after an interruption it goes on.")
        {
            folder, format, chunk,
        }));
        return CommandContext.Handle(command, context =>
        {
            string to = context.Value(folder)!;
            OutputFolder.Check(to, "--out");
            RecordedLog log = options.Open(context);
            long began = context.Time.GetTimestamp();
            IReadOnlyCollection<PolicySnapshot> published = PolicyShelves.Published(context, log);
            LogExport export = new(log, to, options.Shelf(context, published), published, context.Value(chunk));
            ExportState state = export.Run(Enum.Parse<ExportFormat>(context.Value(format)!, ignoreCase: true), options.Wanted(context));
            double seconds = context.Time.GetElapsedTime(began).TotalSeconds;
            if (context.IsJson) context.WriteJson(new { folder = to, seconds, state.Format, state.Card, state.Parts, state.Files });
            else
            {
                string told = string.Create(
                    CultureInfo.InvariantCulture, $"{state.Card.Records:N0} records of experience in {state.Files.Count} files, {seconds:0.0} s");
                context.Out.WriteOneLine($"{told}; what they hold: {Path.Combine(to, "card.md")}");
                if (state.Card.Unreadable > 0)
                    context.Out.WriteOneLine($"{state.Card.Unreadable} records cannot be read and are left out; the first: {log.FirstFault}");
            }

            return Task.FromResult(ExitCodes.Ok);
        });
    }
}
