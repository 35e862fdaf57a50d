using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using DuckDB.NET.Data;
using ParquetSharp;
using StreamSched.Avro.Records;
using StreamSched.Core.Policies;
using StreamSched.Tests.Commands;

namespace StreamSched.Tests.Analysis;

/// <summary>Logs as files for other tools, read by those.</summary>
public sealed class ExportTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("streamsched-export-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task X3_DuckDB_and_the_reader_of_pandas_find_every_decision_and_candidate()
    {
        List<Experience> records = Log();
        string output = await ExportAsync("parquet", Write(records));
        using DuckDBConnection duck = new("DataSource=:memory:");
        duck.Open();
        string decisions = $"read_parquet('{output}/decisions/**/*.parquet', hive_partitioning = true)";
        string candidates = $"read_parquet('{output}/candidates/**/*.parquet', hive_partitioning = true)";
        Assert.Equal(records.Count, (long)Query(duck, $"SELECT count(*) FROM {decisions}"));
        Assert.Equal(records.Sum(r => r.Utility), (double)Query(duck, $"SELECT sum(utility) FROM {decisions}"), 1e-6);
        Assert.Equal(records.Count(r => r.Explored), (long)Query(duck, $"SELECT count(*) FROM {decisions} WHERE explored"));
        Assert.Equal(
            records.Where(r => r.Full is not null).Sum(r => r.Full!.Placements.Length), (long)Query(duck, $"SELECT count(*) FROM {candidates}"));

        // What the policy would have done is there for all candidates, and agrees with what was recorded of the chosen one.
        object worst = Query(duck, $"SELECT max(abs(c.probability - d.propensity)) FROM {candidates} c JOIN {decisions} d USING (id) WHERE c.chosen");
        Assert.InRange((double)worst, 0, 1e-6);
        object sum = Query(duck, $"SELECT max(s) FROM (SELECT sum(probability) AS s FROM {candidates} GROUP BY id)");
        Assert.InRange((double)sum, 0.9, 1.000001);
        Assert.Equal(0L, (long)Query(duck, $"SELECT count(*) FROM {candidates} WHERE slack IS NULL OR trust IS NULL"));

        // Networks look only where there is a choice.
        Assert.Equal(0L, (long)Query(duck, $"SELECT count(*) FROM {candidates} JOIN {decisions} d USING (id) WHERE ratio_logit IS NULL AND d.feasible > 0"));
        DateTime first = (DateTime)Query(duck, $"SELECT min(decided_at) FROM {decisions}");
        Assert.Equal(DateTime.UnixEpoch.AddTicks(10 * records.Min(r => r.At)), first);

        long rows = 0;
        foreach (string file in Directory.EnumerateFiles(Path.Combine(output, "decisions"), "*.parquet", SearchOption.AllDirectories))
        {
            using ParquetFileReader reader = new(file);
            Assert.Equal(ParquetSharp.Compression.Zstd, reader.RowGroup(0).MetaData.GetColumnChunkMetaData(0).Compression);
            Assert.Equal("id", reader.FileMetaData.Schema.Column(0).Name);
            rows += reader.FileMetaData.NumRows;
        }

        Assert.Equal(records.Count, rows);
        string card = await File.ReadAllTextAsync(Path.Combine(output, "card.md"), TestContext.Current.CancellationToken);
        Assert.Contains($"{records.Count.ToString("N0", CultureInfo.InvariantCulture)} records of experience", card, StringComparison.Ordinal);
        Assert.Contains("0.2:", card, StringComparison.Ordinal); // ε
    }

    [Fact]
    public async Task The_questions_of_the_docs_have_answers()
    {
        string output = await ExportAsync("parquet", Write(Log()));
        string page = await File.ReadAllTextAsync(Checkout.Path("docs", "analysis.md"), TestContext.Current.CancellationToken);
        int begin = page.IndexOf("```sql", StringComparison.Ordinal) + 6;
        string[] queries = page[begin..page.IndexOf("```", begin, StringComparison.Ordinal)].Split(';', StringSplitOptions.RemoveEmptyEntries);
        using DuckDBConnection duck = new("DataSource=:memory:");
        duck.Open();
        List<object> answers = [];
        foreach (string query in queries.Where(q => q.Contains("SELECT", StringComparison.Ordinal)))
        {
            string here = query.Replace("'log/", $"'{output}/", StringComparison.Ordinal);
            if (here.Contains("CREATE VIEW", StringComparison.Ordinal)) Execute(duck, here);
            else answers.Add(Query(duck, here));
        }

        Assert.Equal(5, answers.Count);
        Assert.InRange((double)answers[^1], 0.1, 1.5);
    }

    [Fact]
    public async Task X3_a_line_of_dsjson_has_all_probabilities_and_the_chosen_one_first()
    {
        List<Experience> records = Log();
        string output = await ExportAsync("dsjson", Write(records));
        string[] lines =
        [
            .. Directory.EnumerateFiles(Path.Combine(output, "decisions"), "*.dsjson").Order(StringComparer.Ordinal).SelectMany(File.ReadLines),
        ];
        Experience[] told = [.. records.Where(r => r.Full is not null && r.Feasible > 0)];
        Assert.Equal(told.Length, lines.Length);
        foreach ((string line, Experience record) in lines.Zip(told))
        {
            JsonElement json = JsonDocument.Parse(line).RootElement;
            double[] probabilities = [.. json.GetProperty("p").EnumerateArray().Select(p => p.GetDouble())];
            int[] actions = [.. json.GetProperty("a").EnumerateArray().Select(a => a.GetInt32())];
            Assert.Equal(1, probabilities.Sum(), 1e-5);
            Assert.Equal(record.Propensity, probabilities[0], 1e-6);
            Assert.Equal(json.GetProperty("_label_Action").GetInt32(), actions[0]);
            Assert.Equal(Enumerable.Range(1, record.Feasible + 1), actions.Order());
            JsonElement chosen = json.GetProperty("c").GetProperty("_multi")[actions[0] - 1].GetProperty("Placement");
            if (record.Variant is null) Assert.Equal("reject", chosen.GetProperty("choice").GetString());
            else Assert.Equal(record.Variant, chosen.GetProperty("variant").GetString());
            Assert.Equal((-record.Utility, 1 - record.SampleRate), (json.GetProperty("_label_cost").GetDouble(), json.GetProperty("pdrop").GetDouble()));
        }
    }

    // By a program that shares no code with ours: what it finds in Avro files, a sum over the records gives, too.
    [Fact]
    public async Task X3_the_sample_in_Python_finds_the_same_estimate()
    {
        string python = Components.Require("python");
        List<Experience> records = Log();
        string output = await ExportAsync("avro", Write(records));
        ProcessStartInfo start = new(python) { RedirectStandardOutput = true, Environment = { ["PYTHONDONTWRITEBYTECODE"] = "1" } };
        start.ArgumentList.Add(Checkout.Path("samples", "python", "analyse.py"));
        foreach (string file in Directory.EnumerateFiles(Path.Combine(output, "experience"))) start.ArgumentList.Add(file);
        using Process process = Process.Start(start)!;
        string said = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        JsonElement found = JsonDocument.Parse(said).RootElement;
        double gained = 0, rates = 0, weights = 0;
        foreach (Experience record in records.Where(r => r.Full is not null))
        {
            FullDecision full = record.Full!;
            int[] feasible = [.. Enumerable.Range(0, full.Placements.Length).Where(i => full.Features[(i * full.Fields) + 11] != 0)];
            int wanted = feasible.Length == 0 ? -1 : feasible.MaxBy(i => full.Features[(i * full.Fields) + 7]);
            double weight = wanted == full.Chosen ? 1 / record.SampleRate / record.Propensity : 0;
            (gained, weights, rates) = (gained + (weight * record.Utility), weights + weight, rates + (1 / record.SampleRate));
        }

        Assert.Equal(records.Count, found.GetProperty("decisions").GetInt32());
        Assert.Equal(gained / rates, found.GetProperty("ips").GetDouble(), 1e-9);
        Assert.Equal(gained / weights, found.GetProperty("snips").GetDouble(), 1e-9);
    }

    // By numpy, with the Open Bandit Pipeline's formulas.
    [Theory]
    [InlineData(1.0)]
    [InlineData(0.25)]
    public async Task X3_arrays_of_the_Open_Bandit_Pipeline_are_a_fair_sample_of_the_log(double fullShare)
    {
        string python = Components.Require("torch"); // which brings numpy
        List<Experience> records = Log(30, fullShare);
        string output = await ExportAsync("npz", Write(records));
        ProcessStartInfo start = new(python) { RedirectStandardOutput = true, Environment = { ["PYTHONDONTWRITEBYTECODE"] = "1" } };
        foreach (string argument in (string[])[Checkout.Path("samples", "python", "rounds.py"), "--action", "mobilenet-v3@near",
            .. Directory.EnumerateFiles(Path.Combine(output, "rounds"))]) start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        string said = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, process.ExitCode);
        JsonElement found = JsonDocument.Parse(said).RootElement;
        JsonElement card = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(output, "card.json"), TestContext.Current.CancellationToken))
            .RootElement.GetProperty("card");
        long rounds = found.GetProperty("rounds").GetInt64(), untold = card.GetProperty("untold").GetInt64(), thinned = card.GetProperty("thinned").GetInt64();
        Experience[] told = [.. records.Where(r => r.Full is not null && r.Feasible > 0)];
        Assert.Equal((records.Count, records.Count - told.Length), (rounds + untold + thinned, untold));
        Assert.Equal(rounds, found.GetProperty("actions").EnumerateObject().Sum(a => a.Value.GetInt64()));
        Assert.InRange(found.GetProperty("worstSum").GetDouble(), 0, 1e-5);
        Assert.InRange(found.GetProperty("meanWeight").GetDouble(), 0.9, 1.1);
        if (fullShare == 1) Assert.Equal((0, told.Average(r => r.Utility)), (thinned, found.GetProperty("logged").GetDouble()));
        else Assert.InRange(rounds, 0.9 * fullShare * records.Count, 1.1 * fullShare * records.Count);
    }

    // As Minari's reader of Parquet has it: an observation more than steps, and the last step truncated.
    [Fact]
    public async Task X3_episodes_of_Minari_have_every_decision_in_its_order()
    {
        List<Experience> records = Log();
        string output = await ExportAsync("minari", Write(records)), data = Path.Combine(output, "data");
        string text = await File.ReadAllTextAsync(Path.Combine(data, "metadata.json"), TestContext.Current.CancellationToken);
        JsonElement about = JsonDocument.Parse(text).RootElement;
        JsonElement observation = JsonDocument.Parse(about.GetProperty("observation_space").GetString()!).RootElement;
        int fields = observation.GetProperty("shape")[0].GetInt32(), episodes = about.GetProperty("total_episodes").GetInt32();
        string[] actions = [.. about.GetProperty("action_names").EnumerateArray().Select(a => a.GetString()!)];
        Assert.Equal(fields, about.GetProperty("observation_names").GetArrayLength());
        Assert.Equal(actions.Length, JsonDocument.Parse(about.GetProperty("action_space").GetString()!).RootElement.GetProperty("n").GetInt32());
        Experience[] told = [.. records.Where(r => r.Full is not null && r.Feasible > 0)];
        long steps = 0;
        int at = 0;
        for (int episode = 0; episode < episodes; episode++)
        {
            string folder = Path.Combine(data, episode.ToString(CultureInfo.InvariantCulture));
            using ParquetFileReader reader = new(Assert.Single(Directory.EnumerateFiles(folder, "*.parquet")));
            using RowGroupReader group = reader.RowGroup(0);
            int rows = (int)group.MetaData.NumRows;
            float[][] observations = group.Column(0).LogicalReader<float[]>().ReadAll(rows);
            long[] chosen = group.Column(1).LogicalReader<long>().ReadAll(rows);
            double[] rewards = group.Column(2).LogicalReader<double>().ReadAll(rows);
            bool[] terminations = group.Column(3).LogicalReader<bool>().ReadAll(rows), truncations = group.Column(4).LogicalReader<bool>().ReadAll(rows);
            Assert.Equal(
                ["observations", "actions", "rewards", "terminations", "truncations"],
                Enumerable.Range(0, 5).Select(c => reader.FileMetaData.Schema.Column(c).Path.ToDotVector()[0]));
            for (int row = 0; row < rows; row++, at++)
            {
                Assert.Equal((fields, told[at].Full!.Context[0]), (observations[row].Length, observations[row][0]));
                Assert.False(terminations[row]);
                Assert.Equal(row == rows - 2, truncations[row]);
                if (row == rows - 1) continue;
                Assert.Equal(told[at].Utility, rewards[row]);
                Assert.Equal(told[at].Variant ?? "reject", actions[chosen[row]].Split('@')[0]);
            }

            steps += rows - 1;
        }

        Assert.Equal((told.Length, steps), (at, about.GetProperty("total_steps").GetInt64()));
        Assert.True(episodes > 3);
    }

    [Fact]
    public async Task An_export_that_was_interrupted_goes_on_and_gives_the_same_files()
    {
        string log = Write(Log());
        string whole = await ExportAsync("parquet", log), halted = Path.Combine(_folder.FullName, "halted");

        // As if it had been killed after some chunks, one of them half written.
        await ExportAsync("parquet", log, halted);
        string state = Path.Combine(halted, "export.json"), text = await File.ReadAllTextAsync(state, TestContext.Current.CancellationToken);
        string decisions = Path.Combine(halted, "decisions");
        string[] files = [.. Directory.EnumerateFiles(decisions, "*.parquet", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        Assert.True(files.Length > 3);
        Assert.Equal(2, (await Cli.RunAsync("export", log, "--out", halted, "--format", "avro")).Code); // another wish
        File.Delete(files[^1]);
        JsonNode json = JsonNode.Parse(text)!;
        json["isComplete"] = false;
        json["parts"]![0]!["isDone"] = false;
        json["parts"]![0]!["next"] = 500 * (files.Length - 1);
        await File.WriteAllTextAsync(state, json.ToJsonString(), TestContext.Current.CancellationToken);
        await ExportAsync("parquet", log, halted);
        foreach (string file in Directory.EnumerateFiles(whole, "*.parquet", SearchOption.AllDirectories))
        {
            byte[] again = await File.ReadAllBytesAsync(
                Path.Combine(halted, Path.GetRelativePath(whole, file)), TestContext.Current.CancellationToken);
            Assert.Equal(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken), again);
        }
    }

    [Theory]
    [InlineData("npz", "rounds")]
    [InlineData("minari", "data")]
    public async Task An_export_over_a_fixed_set_of_actions_goes_on_where_it_stood(string format, string folder)
    {
        string log = Write(Log()), whole = await ExportAsync(format, log), halted = Path.Combine(_folder.FullName, "halted");
        await ExportAsync(format, log, halted);
        string state = Path.Combine(halted, "export.json");
        JsonNode json = JsonNode.Parse(await File.ReadAllTextAsync(state, TestContext.Current.CancellationToken))!;
        Assert.True(json["actions"]!["actions"]!.AsArray().Count > 3);

        // As if it had been killed while it looked for the actions, before the first chunk.
        JsonNode begun = json.DeepClone();
        (begun["isComplete"], begun["actions"], begun["episodes"], begun["steps"], begun["files"]) = (false, null, 0, 0, new JsonArray());
        (begun["parts"]![0]!["isDone"], begun["parts"]![0]!["next"], begun["card"]) = (false, 0, new JsonObject());
        await File.WriteAllTextAsync(state, begun.ToJsonString(), TestContext.Current.CancellationToken);
        Directory.Delete(Path.Combine(halted, folder), recursive: true);
        await ExportAsync(format, log, halted);
        string[] files = [.. Directory.EnumerateFiles(whole, "*", SearchOption.AllDirectories)];
        Assert.True(files.Length > 5);
        foreach (string file in files)
        {
            Assert.Equal(
                await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken),
                await File.ReadAllBytesAsync(Path.Combine(halted, Path.GetRelativePath(whole, file)), TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task Exported_records_are_evaluated_as_they_were_in_the_topic()
    {
        string log = Write(Log(seconds: 25)), output = await ExportAsync("avro", log);
        string[] parts = [.. Directory.EnumerateFiles(Path.Combine(output, "experience"), "*.avro").Order(StringComparer.Ordinal)];
        Assert.True(parts.Length > 2);
        JsonElement once = await EvaluateAsync(log), again = await EvaluateAsync(parts);
        Assert.Equal(once.GetProperty("policies").ToString(), again.GetProperty("policies").ToString());
        Assert.True(once.GetProperty("log").GetProperty("decisions").GetInt64() > 1000);

        static async Task<JsonElement> EvaluateAsync(params string[] files) =>
            JsonDocument.Parse((await Cli.RunAsync(["evaluate", .. files, "--policy", "least-loaded", "--json"])).Out).RootElement.Clone();
    }

    [Fact]
    public async Task What_cannot_be_exported_is_said_and_nothing_is_overwritten()
    {
        string log = Write(Log()), used = Path.Combine(_folder.FullName, "used"), half = Path.Combine(_folder.FullName, "half.avro");
        Directory.CreateDirectory(used);
        await File.WriteAllTextAsync(Path.Combine(used, "mine.txt"), "mine", TestContext.Current.CancellationToken);
        await Refused("is not empty", "export", log, "--out", used);
        Assert.Equal(["mine.txt"], Directory.EnumerateFileSystemEntries(used).Select(Path.GetFileName));
        byte[] bytes = await File.ReadAllBytesAsync(log, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(half, bytes[..(bytes.Length / 2)], TestContext.Current.CancellationToken);
        foreach (string command in (string[])["export", "evaluate"])
        {
            string[] rest = command == "export" ? ["--out", Path.Combine(_folder.FullName, "from-half")] : ["--policy", "random"];
            await Refused("is damaged after", [command, half, .. rest]);
        }

        foreach (string format in (string[])["npz", "minari"])
        {
            string to = Path.Combine(_folder.FullName, $"short-{format}");
            await Refused("no decision is in full there", "export", Write(Log().Select(InShort)), "--out", to, "--format", format);
        }

        await Refused("is no Avro container file", "replay", log); // records of another kind
        await Refused("there is no file", "replay", "nothing.avro");
        await Refused("no record", "evaluate", Write([]), "--policy", "random");
        await Refused("remembers", "evaluate", log, "--policy", "lin-ucb");
        await Refused("is not LOW:HIGH", "evaluate", log, "--policy", "random", "--bounds", "1:0");
    }

    private static Experience InShort(Experience record)
    {
        record.Full = null;
        return record;
    }

    private static async Task Refused(string because, params string[] arguments)
    {
        (int Code, string Out, string Error) cli = await Cli.RunAsync(arguments);
        Assert.NotEqual(0, cli.Code);
        Assert.Contains(because, cli.Error, StringComparison.Ordinal);
    }

    private static object Query(DuckDBConnection duck, string sql)
    {
        using DuckDBCommand command = duck.CreateCommand();
#pragma warning disable CA2100 // The text is this test's own.
        command.CommandText = sql;
#pragma warning restore CA2100
        return command.ExecuteScalar()!;
    }

    private static void Execute(DuckDBConnection duck, string sql)
    {
        using DuckDBCommand command = duck.CreateCommand();
#pragma warning disable CA2100 // The text is the docs'.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private async Task<string> ExportAsync(string format, string log, string? to = null)
    {
        to ??= Path.Combine(_folder.FullName, $"{format}-{Guid.NewGuid():n}");
        (int Code, string Out, string Error) cli = await Cli.RunAsync(["export", log, "--out", to, "--format", format, "--chunk", "500"]);
        Assert.True(cli.Code == 0, cli.Error);
        return to;
    }

    private static List<Experience> Log(double seconds = 10, double fullShare = 0.5) =>
        TestLog.Of(PolicyNames.Price, seconds, 3, exploration: 0.2f, fullShare);

    private string Write(IEnumerable<Experience> records)
    {
        string path = Path.Combine(_folder.FullName, $"log-{Guid.NewGuid():n}.avro");
        TestLog.Write(path, records);
        return path;
    }
}
