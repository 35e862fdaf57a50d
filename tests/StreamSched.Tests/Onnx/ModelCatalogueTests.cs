using StreamSched.Onnx.Execution;
using StreamSched.Onnx.Models;
using StreamSched.Onnx.Profiling;

namespace StreamSched.Tests.Onnx;

public class ModelCatalogueTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Loads_and_measures_the_models_of_a_folder()
    {
        using var folder = new ModelFolder("digits-xs", "digits-s", "fashion-s");
        await using var catalogue = await Open(folder.Path, "digits-xs", "fashion-s");
        Assert.Equal(["digits-xs", "fashion-s"], catalogue.Snapshot.Models.Keys.Order());
        Assert.Empty(catalogue.Snapshot.Problems);
        var profile = catalogue.Snapshot.Models["fashion-s"].Profile!;
        Assert.Equal([1, 2, 4, 8, 16], profile.Batches);
        Assert.All(profile.Micros, micros => Assert.True(micros > 0));
    }

    [Fact]
    public async Task Broken_models_are_problems_that_say_what_to_change_and_the_others_serve()
    {
        using var folder = new ModelFolder("digits-xs", "digits-s");
        File.WriteAllText(folder.File("digits-s.onnx"), "not a model");
        File.Copy(folder.File("digits-xs.onnx"), folder.File("bare.onnx"));
        File.Copy(folder.File("digits-xs.onnx"), folder.File("Wrong Name.onnx"));
        File.Copy(folder.File("digits-xs.json"), folder.File("Wrong Name.json"));
        await using var catalogue = await Open(folder.Path);
        Assert.Equal(["digits-xs"], catalogue.Snapshot.Models.Keys);
        var problems = catalogue.Snapshot.Problems.ToDictionary(problem => problem.Subject, problem => problem.Message);
        Assert.Equal(["Wrong Name", "bare", "digits-s"], problems.Keys.Order(StringComparer.Ordinal));
        Assert.Contains("rename it", problems["Wrong Name"], StringComparison.Ordinal);
        Assert.Contains("bare.json: the manifest is missing", problems["bare"], StringComparison.Ordinal);
        Assert.Contains("no ONNX model", problems["digits-s"], StringComparison.Ordinal);
        Answer(catalogue, "digits-xs");
    }

    [Fact]
    public async Task A_missing_folder_is_a_problem_until_it_is_there()
    {
        using var parent = new ModelFolder();
        var path = Path.Combine(parent.Path, "later");
        await using var catalogue = await Open(path);
        Assert.Empty(catalogue.Snapshot.Models);
        Assert.Contains("no such folder", Assert.Single(catalogue.Snapshot.Problems).Message, StringComparison.Ordinal);

        Directory.CreateDirectory(path);
        await catalogue.RescanAsync(default);
        Assert.Contains("holds no model", Assert.Single(catalogue.Snapshot.Problems).Message, StringComparison.Ordinal);

        foreach (var extension in new[] { ".json", ".onnx" })
            File.Copy(Path.Combine(Sample.Models, "digits-xs" + extension), Path.Combine(path, "digits-xs" + extension));
        await catalogue.RescanAsync(default);
        Assert.Empty(catalogue.Snapshot.Problems);
        Answer(catalogue, "digits-xs");
    }

    [Fact]
    public async Task A_variant_that_was_asked_for_and_is_not_there_is_named_beside_those_that_are()
    {
        using var folder = new ModelFolder("digits-xs", "digits-s");
        await using var catalogue = await Open(folder.Path, "digits-xs", "digits-xl");
        var problem = Assert.Single(catalogue.Snapshot.Problems);
        Assert.Equal("digits-xl", problem.Subject);
        Assert.Contains("the folder has: digits-s, digits-xs", problem.Message, StringComparison.Ordinal);
        folder.Copy("digits-m", "digits-xl");
        await catalogue.RescanAsync(default);
        Assert.Empty(catalogue.Snapshot.Problems);
        Answer(catalogue, "digits-xl");
    }

    [Fact]
    public async Task A_replaced_model_is_swapped_in_and_the_old_one_goes_when_its_last_run_is_done()
    {
        using var folder = new ModelFolder("digits-xs");
        await using var catalogue = await Open(folder.Path);
        var old = catalogue.Snapshot.Models["digits-xs"];
        Assert.True(catalogue.TryRent("digits-xs", out var inFlight));

        folder.Copy("digits-m", "digits-xs");
        await catalogue.RescanAsync(default);
        var replacement = catalogue.Snapshot.Models["digits-xs"];
        Assert.False(old.Digest.Span.SequenceEqual(replacement.Digest.Span));
        Assert.NotNull(replacement.Profile);
        Assert.False(old.TryRent(out _));

        Assert.False(old.IsFreed);
        Assert.Equal(1, inFlight.Run([Sample.Grey(new byte[64])], new InferenceOutcome[1]));
        inFlight.Dispose();
        Assert.True(old.IsFreed);
        Answer(catalogue, "digits-xs");
    }

    [Fact]
    public async Task A_model_whose_replacement_is_broken_goes_on_until_its_file_is_removed()
    {
        using var folder = new ModelFolder("digits-xs");
        await using var catalogue = await Open(folder.Path);
        File.WriteAllText(folder.File("digits-xs.onnx"), "not a model");
        await catalogue.RescanAsync(default);
        Assert.Contains("no ONNX model", Assert.Single(catalogue.Snapshot.Problems).Message, StringComparison.Ordinal);
        Answer(catalogue, "digits-xs");

        File.Delete(folder.File("digits-xs.onnx"));
        await catalogue.RescanAsync(default);
        Assert.False(catalogue.TryRent("digits-xs", out _));
        Assert.Equal(folder.Path, Assert.Single(catalogue.Snapshot.Problems).Subject);
    }

    [Fact]
    public async Task Nothing_new_changes_nothing()
    {
        using var folder = new ModelFolder("digits-xs");
        await using var catalogue = await Open(folder.Path);
        var before = catalogue.Snapshot;
        await catalogue.RescanAsync(default);
        Assert.Same(before, catalogue.Snapshot);
    }

    [Fact]
    public async Task While_one_model_loads_the_others_serve()
    {
        using var folder = new ModelFolder("digits-xs");
        using var loading = new SemaphoreSlim(0);
        using var goOn = new SemaphoreSlim(0);
        await using var catalogue = await ModelCatalogue.OpenAsync(Options(folder.Path), TimeProvider.System, (name, cancellation) =>
        {
            if (name == "digits-m")
            {
                loading.Release();
                goOn.Wait(cancellation);
            }

            return Measured(folder.Path, name);
        }, default);
        folder.Copy("digits-m", "digits-m");
        var rescan = catalogue.RescanAsync(default);
        Assert.True(await loading.WaitAsync(Patience));
        for (var i = 0; i < 1000; i++)
            Answer(catalogue, "digits-xs");
        Assert.False(catalogue.TryRent("digits-m", out _));
        Assert.False(rescan.IsCompleted);
        goOn.Release();
        await rescan;
        Answer(catalogue, "digits-m");
    }

    [Fact]
    public async Task No_request_fails_while_its_model_is_replaced_again_and_again()
    {
        using var folder = new ModelFolder("digits-xs");
        await using var catalogue = await ModelCatalogue.OpenAsync(
            Options(folder.Path), TimeProvider.System, (name, _) => Measured(folder.Path, name), default);
        using var served = new SemaphoreSlim(0);
        using var done = new CancellationTokenSource();
        var serving = Task.Run(() =>
        {
            for (var last = ""; !done.IsCancellationRequested;)
            {
                var digest = Answer(catalogue, "digits-xs");
                if (digest != last)
                    served.Release();
                last = digest;
            }
        });
        Assert.True(await served.WaitAsync(Patience));
        for (var i = 0; i < 10; i++)
        {
            folder.Copy(i % 2 == 0 ? "digits-s" : "digits-xs", "digits-xs");
            await catalogue.RescanAsync(default);
            Assert.True(await served.WaitAsync(Patience));
        }

        await done.CancelAsync();
        await serving;
    }

    [Fact]
    public async Task A_model_that_appears_is_taken_up_without_being_asked()
    {
        using var folder = new ModelFolder("digits-xs");
        var options = Options(folder.Path) with { Quiet = TimeSpan.FromMilliseconds(20), RescanPeriod = TimeSpan.FromDays(1) };
        await using var catalogue = await ModelCatalogue.OpenAsync(options, TimeProvider.System, default);
        var changed = new TaskCompletionSource<CatalogueSnapshot>(TaskCreationOptions.RunContinuationsAsynchronously);
        catalogue.Changed += snapshot =>
        {
            if (snapshot.Models.ContainsKey("digits-s"))
                changed.TrySetResult(snapshot);
        };
        folder.Copy("digits-s", "digits-s");
        Assert.NotNull((await changed.Task.WaitAsync(Patience)).Models["digits-s"].Profile);
    }

    [Fact]
    public async Task All_models_are_freed_with_the_catalogue()
    {
        using var folder = new ModelFolder("digits-xs");
        var catalogue = await Open(folder.Path);
        var model = catalogue.Snapshot.Models["digits-xs"];
        await catalogue.DisposeAsync();
        await catalogue.DisposeAsync();
        Assert.True(model.IsFreed);
    }

    [Fact]
    public async Task Settings_out_of_range_are_all_reported_at_once()
    {
        var options = new ModelCatalogueOptions { Folder = "", Slowdown = 0.5, Processor = new ProcessorSettings { Threads = 0 } };
        var error = await Assert.ThrowsAsync<ModelException>(() => ModelCatalogue.OpenAsync(options, TimeProvider.System, default));
        Assert.All(["folder", "slowdown is 0.5", "threads is 0"], expected => Assert.Contains(expected, error.Message, StringComparison.Ordinal));
    }

    private static ModelCatalogueOptions Options(string folder, params string[] variants) =>
        new() { Folder = folder, Variants = variants, Profiler = Sample.Brief, RescanPeriod = TimeSpan.FromDays(1), Quiet = TimeSpan.FromDays(1) };

    private static Task<ModelCatalogue> Open(string folder, params string[] variants) =>
        ModelCatalogue.OpenAsync(Options(folder, variants), TimeProvider.System, default);

    private static LoadedModel Measured(string folder, string name)
    {
        var model = ModelLoader.Load(folder, name, new ProcessorSettings());
        model.Measured(new ServiceProfile("cpu", 1, [new BatchTime(1, 5, 10, 10, 0, []), new BatchTime(16, 5, 20, 20, 0, [])]));
        return model;
    }

    private static string Answer(ModelCatalogue catalogue, string variant)
    {
        Assert.True(catalogue.TryRent(variant, out var runner));
        using (runner)
        {
            Assert.Equal(1, runner.Run([Sample.Grey(new byte[64])], new InferenceOutcome[1]));
            return Convert.ToHexString(runner.Model.Digest.Span);
        }
    }
}
