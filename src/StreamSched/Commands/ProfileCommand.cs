using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using StreamSched.Hosting;
using StreamSched.Onnx.Catalogue;
using StreamSched.Onnx.Inference;
using StreamSched.Onnx.Processors;
using StreamSched.Onnx.Profiling;
using Profile = StreamSched.Onnx.Models.ServiceProfile;

namespace StreamSched.Commands;

/// <summary><c>streamsched profile</c>: how long models take on this machine, and how two of them slow each other down.</summary>
internal static class ProfileCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        Option<string> models = new("--models") { Description = "Folder of NAME.onnx with NAME.json beside each. Default: the one that is shipped." };
        Option<string> pair = new Option<string>("--pair")
        {
            Description = "Two variants, A,B: measures their interference matrices. Without it: service times of all models.",
        }.Checked((text, _) => Pair(text));
        Option<int> size = new Option<int>("--size") { Description = "With --pair: up to so many of each run as co-runners.", DefaultValueFactory = _ => 3 }
            .Within(1, 64);
        Option<double> seconds = new Option<double>("--seconds") { Description = "Time per model, or per cell of a matrix.", DefaultValueFactory = _ => 1 }
            .Within(0.001, 3600.0);
        Option<string> output = new Option<string>("--out")
        {
            Description = "With --pair: model folder to write the matrices to. Default: --models; 'none': do not write.",
        }.NotEmpty();
        Option<int> threads = new Option<int>("--threads") { Description = "Threads within one run.", DefaultValueFactory = _ => 1 }.Within(1, 1024);
        Option<string> provider = new Option<string>("--provider") { Description = "ONNX Runtime's execution provider.", DefaultValueFactory = _ => "cpu" }
            .OfProviders();
        Command command = CommandContext.WithJson(CommandContext.WithLog(new Command(
            "profile", "Measures models on this machine: service times, or with --pair how two of them slow each other down.")
        {
            models, pair, size, seconds, output, threads, provider,
        }));
        return CommandContext.Handle(command, async context =>
        {
            string folder = ShippedModels.Or(context.Value(models));
            TimeSpan budget = TimeSpan.FromSeconds(context.Value(seconds));
            ProcessorSettings processor = new() { Threads = context.Value(threads), Provider = context.Value(provider)! };
            if (processor.Validate() is { Count: > 0 } complaints) throw new UsageException(complaints);
            return context.Value(pair) is { } names
                ? Interference(context, folder, names, context.Value(output) ?? folder, processor, context.Value(size), budget)
                : await Services(context, folder, processor, budget).ConfigureAwait(false);
        });
    }

    private static string[] Pair(string names)
    {
        string[] pair = names.Split(',', StringSplitOptions.TrimEntries);
        return pair.Length == 2 && pair.All(p => p.Length > 0 && Path.GetFileName(p) == p && !p.Any(char.IsControl)) ? pair
            : throw new UsageException($"--pair: '{names}' is not A,B with two variants of the folder");
    }

    private static int Interference(CommandContext context, string folder, string names, string output, ProcessorSettings processor, int size, TimeSpan budget)
    {
        string[] pair = Pair(names);
        InterferenceSettings settings = new() { Size = size, Budget = budget };
        if (settings.Validate() is { Count: > 0 } complaints) throw new UsageException(complaints);
        if (output != "none") OutputFile.Check(new OutputFile(InterferenceFolder.FileOf(output, pair[0], pair[1]), "--out"));
        InterferenceRecord record;
        using (ProgressLine progress = context.Progress())
        {
            record = new InterferenceProfiler(settings, context.Time).Measure(
                folder, pair[0], pair[1], processor, done => progress.Say(FormattableString.Invariant($"{pair[0]} beside {pair[1]}: {done:P0}")), context.Stop);
        }

        string? file = output == "none" ? null : InterferenceFolder.Write(output, record);
        if (context.IsJson)
        {
            context.WriteJson(new
            {
                file, machine = record.Machine, provider = record.Provider, threads = record.Threads, loadBefore = record.LoadBefore, began = record.Began,
                ended = record.Ended, matrices = record.Matrices().Select(m =>
                    new { variant = m.Variant, companyA = m.CoRunnerA, companyB = m.CoRunnerB, size = m.Size, factors = m.Factors }),
                cells = record.Cells.Select(c =>
                    new { c.Variant, companyA = c.CoRunnerA, companyB = c.CoRunnerB, c.Factor, c.MedianMicros, c.Samples, c.RunsPerSample }),
            });
            return ExitCodes.Ok;
        }

        IAnsiConsole console = context.Console;
        foreach (InterferenceFactors matrix in record.Matrices()) console.Write(Matrix(matrix, record));
        context.Out.WriteOneLine(Conditions(record.Machine, processor, record.LoadBefore));
        context.Out.WriteOneLine(file is null ? "not written" : $"written to {file}: workers of this machine that serve both register it when they start");
        return ExitCodes.Ok;
    }

    private static Table Matrix(InterferenceFactors matrix, InterferenceRecord record)
    {
        double alone = record.Cells.First(c => c.Variant == matrix.Variant && c is { CoRunnerA: 0, CoRunnerB: 0 }).MedianMicros;
        Table table = new Table().Border(TableBorder.Rounded).AddColumn(new TableColumn(new Text($"{matrix.CoRunnerA} \\ {matrix.CoRunnerB}")));
        table.Title = new TableTitle(Markup.Escape($"{matrix.Variant}: {alone.ToString("0.0", CultureInfo.InvariantCulture)} µs alone; "
            + $"times so much beside m × {matrix.CoRunnerA} (down) and r × {matrix.CoRunnerB} (across)"));
        int side = matrix.Size + 1;
        for (int r = 0; r < side; r++) table.AddColumn(new TableColumn(new Text($"r = {r}")).RightAligned());
        for (int m = 0; m < side; m++)
            table.AddRow([new Text($"m = {m}"),
                .. Enumerable.Range(0, side).Select(r => new Text(matrix.Factors[(m * side) + r].ToString("0.00", CultureInfo.InvariantCulture)))]);
        return table;
    }

    private static async Task<int> Services(CommandContext context, string folder, ProcessorSettings processor, TimeSpan budget)
    {
        double? load = MachineDescription.LoadAverage();
        CatalogueSnapshot snapshot;
        using (ProgressLine progress = context.Progress())
        {
            ModelCatalogueSettings settings = new() { Folder = folder, Processor = processor, Profiler = new ServiceProfilerSettings { Budget = budget } };
            Task<ModelCatalogue> opening = ModelCatalogue.OpenAsync(settings, context.Time, context.Stop);
            int models = Directory.GetFiles(folder, "*.onnx").Length;
            while (await Task.WhenAny(opening, Task.Delay(TimeSpan.FromMilliseconds(250), context.Time)).ConfigureAwait(false) != opening)
                progress.Say($"measuring {models} models, about {Administration.Quantity.Duration(budget)} each …");
            await using ModelCatalogue catalogue = await opening.ConfigureAwait(false);
            snapshot = catalogue.Snapshot;
        }

        LoadedModel[] loaded = [.. snapshot.Models.Values.OrderBy(m => m.Manifest.Task, StringComparer.Ordinal).ThenBy(m => m.Manifest.Accuracy)];
        if (context.IsJson)
        {
            context.WriteJson(new
            {
                machine = MachineDescription.Current, provider = processor.Provider, threads = processor.Threads, loadBefore = load,
                models = loaded.Select(m => new
                {
                    name = m.Name, task = m.Manifest.Task, accuracy = m.Manifest.Accuracy, memoryBytes = m.MemoryBytes, spread = m.Profile!.Spread,
                    times = m.Profile.Times.Select(t =>
                        new { batch = t.Batch, runs = t.Runs, medianMicros = t.MedianMicros, percentile95Micros = t.Percentile95Micros }),
                }),
                problems = snapshot.Problems.Select(p => p.Message),
            });
        }
        else
        {
            int[] batches = [.. loaded.SelectMany(m => m.Profile!.Batches).Distinct().Order()];
            Table table = new Table().Title("median µs of a run").Border(TableBorder.Rounded).AddColumns("model", "task", "accuracy");
            foreach (int batch in batches) table.AddColumn(new TableColumn($"batch {batch}").RightAligned());
            foreach (LoadedModel model in loaded)
            {
                Profile profile = model.Profile!;
                table.AddRow(
                [
                    new Text(model.Name), new Text(model.Manifest.Task), new Text(model.Manifest.Accuracy.ToString("P2", CultureInfo.InvariantCulture)),
                    .. batches.Select(b =>
                        new Text(profile.Times.FirstOrDefault(t => t.Batch == b)?.MedianMicros.ToString("0.0", CultureInfo.InvariantCulture) ?? "")),
                ]);
            }

            context.Console.Write(table);
            await context.Out.WriteOneLineAsync(Conditions(MachineDescription.Current, processor, load)).ConfigureAwait(false);
            foreach (ModelProblem problem in snapshot.Problems) await context.Out.WriteOneLineAsync($"not measured: {problem.Message}").ConfigureAwait(false);
        }

        return snapshot.Problems.Count == 0 && loaded.Length > 0 ? ExitCodes.Ok : ExitCodes.Failure;
    }

    private static string Conditions(MachineDescription machine, ProcessorSettings processor, double? load) => FormattableString.Invariant(
        $"{machine.Cores} cores of {machine.Cpu}; {processor.Provider}, {processor.Threads} thread{(processor.Threads == 1 ? "" : "s")} per run; ")
        + FormattableString.Invariant($"ONNX Runtime {machine.OnnxRuntime}; ")
        + (load is { } average
            ? FormattableString.Invariant($"load average before: {average:0.00}{(average > 0.5 ? " (other programs ran: figures may be too high)" : "")}")
            : "load unknown");
}
