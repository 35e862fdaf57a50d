using StreamSched.Onnx;
using StreamSched.Onnx.Catalogue;
using StreamSched.Onnx.Inference;
using StreamSched.Onnx.Models;
using StreamSched.Onnx.Processors;

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
    public async Task C2_A_file_of_the_same_size_and_time_is_taken_up()
    {
        using var folder = new ModelFolder();
        var written = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);
        Put(1);
        await using var catalogue = await Open(folder.Path);
        var before = catalogue.Snapshot.Models["m"];
        Put(2);
        await catalogue.RescanAsync(default);
        Assert.False(before.Digest.Span.SequenceEqual(catalogue.Snapshot.Models["m"].Digest.Span));

        void Put(float weight)
        {
            folder.Write("m", OnnxFile.Internal(2, 1, [weight, weight]), OnnxFile.Manifest([2]));
            File.SetLastWriteTimeUtc(folder.File("m.onnx"), written);
            File.SetLastWriteTimeUtc(folder.File("m.json"), written);
        }
    }

    [Fact]
    public async Task C2_Links_that_lead_elsewhere_are_followed()
    {
        // As Kubernetes mounts a ConfigMap: names lead through ..data, which is swapped.
        using var folder = new ModelFolder();
        foreach (var version in new[] { "1", "2" })
        {
            Directory.CreateDirectory(folder.File(".." + version));
            File.WriteAllBytes(
                folder.File($"..{version}/m.onnx"), OnnxFile.Internal(2, 1, [float.Parse(version, System.Globalization.CultureInfo.InvariantCulture), 1]));
            File.WriteAllText(folder.File($"..{version}/m.json"), OnnxFile.Manifest([2]));
        }

        File.CreateSymbolicLink(folder.File("..data"), "..1");
        foreach (var end in new[] { "onnx", "json" })
            File.CreateSymbolicLink(folder.File("m." + end), $"..data/m.{end}");
        await using var catalogue = await Open(folder.Path);
        Assert.Equal([1], Values(catalogue, 1, 0));
        Rename(folder, "..2", "..data");
        await catalogue.RescanAsync(default);
        Assert.Equal([2], Values(catalogue, 1, 0));
    }

    [Fact]
    public async Task C2_A_folder_that_is_a_link_is_followed_within_its_period_without_any_notice()
    {
        // As git-sync does: the folder itself is a link to a working tree.
        using var folder = new ModelFolder();
        foreach (var version in new[] { "1", "2" })
        {
            Directory.CreateDirectory(folder.File(version));
            File.WriteAllBytes(
                folder.File($"{version}/m.onnx"), OnnxFile.Internal(2, 1, [float.Parse(version, System.Globalization.CultureInfo.InvariantCulture), 1]));
            File.WriteAllText(folder.File($"{version}/m.json"), OnnxFile.Manifest([2]));
        }

        Directory.CreateSymbolicLink(folder.File("current"), folder.File("1"));
        var taken = new TaskCompletionSource<CatalogueSnapshot>(TaskCreationOptions.RunContinuationsAsynchronously);
        var settings = Settings(folder.File("current")) with { RescanPeriod = TimeSpan.FromMilliseconds(50) };
        await using var catalogue = await ModelCatalogue.OpenAsync(settings, TimeProvider.System, default);
        var before = catalogue.Snapshot.Models["m"].Digest;
        catalogue.Changed += snapshot =>
        {
            if (snapshot.Models.TryGetValue("m", out var model) && !model.Digest.Span.SequenceEqual(before.Span))
                taken.TrySetResult(snapshot);
        };
        Rename(folder, folder.File("2"), "current");
        await taken.Task.WaitAsync(Patience);
        Assert.Equal([2], Values(catalogue, 1, 0));
    }

    [Fact]
    public async Task C1_External_data_that_change_are_taken_up()
    {
        using var folder = new ModelFolder();
        folder.Write("m", OnnxFile.External(2, 1, "m.onnx.data"), OnnxFile.Manifest([2]));
        File.WriteAllBytes(folder.File("m.onnx.data"), OnnxFile.Bytes(3, 4));
        await using var catalogue = await Open(folder.Path);
        var before = catalogue.Snapshot.Models["m"].Digest;
        Assert.Equal([3], Values(catalogue, 1, 0));
        File.WriteAllBytes(folder.File("m.onnx.data"), OnnxFile.Bytes(5, 4));
        await catalogue.RescanAsync(default);
        Assert.Equal([5], Values(catalogue, 1, 0));
        Assert.False(before.Span.SequenceEqual(catalogue.Snapshot.Models["m"].Digest.Span));
    }

    [Fact]
    public async Task A_file_that_is_only_touched_is_not_measured_again()
    {
        using var folder = new ModelFolder("digits-xs");
        await using var catalogue = await Open(folder.Path);
        var before = catalogue.Snapshot;
        File.SetLastWriteTimeUtc(folder.File("digits-xs.onnx"), new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc));
        await catalogue.RescanAsync(default);
        Assert.Same(before, catalogue.Snapshot);
    }

    [Fact]
    public async Task B8_What_is_no_file_is_skipped_with_a_word_and_the_others_serve()
    {
        using var folder = new ModelFolder("digits-xs");
        foreach (var name in new[] { "pipe", "device", "folder", "manifest-pipe", "gone", "endless" })
            File.Copy(folder.File("digits-xs.json"), folder.File(name + ".json"));
        Pipe("pipe.onnx");
        File.CreateSymbolicLink(folder.File("device.onnx"), "/dev/zero");
        Directory.CreateDirectory(folder.File("folder.onnx"));
        File.Copy(folder.File("digits-xs.onnx"), folder.File("manifest-pipe.onnx"));
        File.Delete(folder.File("manifest-pipe.json"));
        Pipe("manifest-pipe.json");
        File.CreateSymbolicLink(folder.File("gone.onnx"), "nowhere.onnx");
        File.CreateSymbolicLink(folder.File("endless.onnx"), "/proc/self/status"); // says that it is empty, and is not
        folder.Write("data-pipe", OnnxFile.External(2, 1, "data.bin"), OnnxFile.Manifest([2]));
        Pipe("data.bin");
        await using var catalogue = await Open(folder.Path);
        Assert.Equal(["digits-xs"], catalogue.Snapshot.Models.Keys);
        var problems = catalogue.Snapshot.Problems.ToDictionary(problem => problem.Subject, problem => problem.Message);
        Assert.Equal(["data-pipe", "device", "endless", "folder", "gone", "manifest-pipe", "pipe"], problems.Keys.Order(StringComparer.Ordinal));
        Assert.Contains("pipe.onnx: is a named pipe, not a file", problems["pipe"], StringComparison.Ordinal);
        Assert.Contains("device.onnx: is a device, not a file", problems["device"], StringComparison.Ordinal);
        Assert.Contains("folder.onnx: is a folder, not a file", problems["folder"], StringComparison.Ordinal);
        Assert.Contains("manifest-pipe.json: is a named pipe", problems["manifest-pipe"], StringComparison.Ordinal);
        Assert.Contains("data.bin: is a named pipe", problems["data-pipe"], StringComparison.Ordinal);
        Assert.Contains("no such model file", problems["gone"], StringComparison.Ordinal);
        Assert.Contains("has no end", problems["endless"], StringComparison.Ordinal);
        var before = catalogue.Snapshot;
        await catalogue.RescanAsync(default);
        Assert.Same(before, catalogue.Snapshot);

        void Pipe(string name)
        {
            using var make = System.Diagnostics.Process.Start("mkfifo", [folder.File(name)]);
            make.WaitForExit();
        }
    }

    [Fact]
    public async Task B8_A_model_that_never_ends_is_named_and_the_others_do_not_wait_for_it()
    {
        using var folder = new ModelFolder("digits-xs");
        folder.Write("a-endless", OnnxFile.EndlessAbove(-1, 4), OnnxFile.Manifest([4]));
        var settings = Settings(folder.Path) with { Patience = TimeSpan.FromMilliseconds(200), LoadLimit = TimeSpan.FromSeconds(30) };
        await using var catalogue = await ModelCatalogue.OpenAsync(settings, TimeProvider.System, default).WaitAsync(Patience);
        Answer(catalogue, "digits-xs");
        var problem = Assert.Single(catalogue.Snapshot.Problems);
        Assert.True(problem.IsPending);
        Assert.Contains("a-endless.onnx: is still being loaded and measured after 0.2 s, at most 30 s", problem.Message, StringComparison.Ordinal);

        // Whoever replaces it need not wait for its limit.
        var replaced = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        catalogue.Changed += snapshot =>
        {
            if (snapshot.Models.ContainsKey("a-endless"))
                replaced.TrySetResult();
        };
        folder.Write("a-endless", OnnxFile.EndlessAbove(2, 4), OnnxFile.Manifest([4]));
        await catalogue.RescanAsync(default).WaitAsync(Patience);
        await catalogue.RescanAsync(default).WaitAsync(Patience);
        await replaced.Task.WaitAsync(Patience);
        Assert.Empty(catalogue.Snapshot.Problems);
    }

    [Fact]
    public async Task B8_A_model_that_takes_longer_than_its_limit_is_given_up_until_it_changes()
    {
        using var folder = new ModelFolder();
        folder.Write("endless", OnnxFile.EndlessAbove(-1, 4), OnnxFile.Manifest([4]));
        await using var catalogue = await ModelCatalogue.OpenAsync(
            Settings(folder.Path) with { LoadLimit = TimeSpan.FromSeconds(1) }, TimeProvider.System, default).WaitAsync(Patience);
        var problem = Assert.Single(catalogue.Snapshot.Problems);
        Assert.False(problem.IsPending);
        Assert.Contains("endless.onnx: loading and measuring took longer than 1 s and was given up", problem.Message, StringComparison.Ordinal);
        var before = catalogue.Snapshot;
        await catalogue.RescanAsync(default).WaitAsync(Patience);
        Assert.Same(before, catalogue.Snapshot);
    }

    [Fact]
    public async Task B8_Loads_that_nothing_can_end_are_left_behind_but_not_without_number()
    {
        using var folder = new ModelFolder("digits-xs", "digits-s", "digits-m", "fashion-xs", "fashion-s", "fashion-m");
        using var free = new ManualResetEventSlim();
        var begun = 0;
        var settings = Settings(folder.Path) with { LoadLimit = TimeSpan.FromSeconds(1), Patience = TimeSpan.FromMilliseconds(50) };
        await using (var catalogue = await ModelCatalogue.OpenAsync(
            settings, TimeProvider.System,
            (name, _) =>
            {
                if (name == "fashion-s")
                    return Measured(folder.Path, name);
                Interlocked.Increment(ref begun);
                free.Wait(CancellationToken.None);
                return Measured(folder.Path, name);
            },
            default).WaitAsync(Patience))
        {
            Answer(catalogue, "fashion-s", 784);
            await catalogue.RescanAsync(default).WaitAsync(Patience);
            Assert.Equal(["fashion-s"], catalogue.Snapshot.Models.Keys);
            Assert.Equal(5, catalogue.Snapshot.Problems.Count);
            foreach (var name in new[] { "digits-xs", "fashion-xs" })
                folder.Copy("digits-s", name);
            await catalogue.RescanAsync(default).WaitAsync(Patience);
            Assert.Equal(5, begun); // and no more, while these are stuck
            Assert.Contains(
                "earlier ones cannot be stopped", catalogue.Snapshot.Problems.First(problem => problem.Subject == "digits-xs").Message,
                StringComparison.Ordinal);
        }

        free.Set();
    }

    [Fact]
    public async Task B8_Giving_up_does_not_wait_for_a_model_that_never_ends()
    {
        using var folder = new ModelFolder();
        folder.Write("endless", OnnxFile.EndlessAbove(-1, 4), OnnxFile.Manifest([4]));
        using var stop = new CancellationTokenSource();
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var opening = ModelCatalogue.OpenAsync(
            Settings(folder.Path) with { Patience = TimeSpan.FromMilliseconds(50) }, TimeProvider.System, stop.Token, _ => heard.TrySetResult());
        await heard.Task.WaitAsync(Patience); // it says that it still loads
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening.WaitAsync(Patience));
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
        await using var catalogue = await ModelCatalogue.OpenAsync(Settings(folder.Path), TimeProvider.System, (name, cancellation) =>
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
            Settings(folder.Path), TimeProvider.System, (name, _) => Measured(folder.Path, name), default);
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
        var settings = Settings(folder.Path) with { Quiet = TimeSpan.FromMilliseconds(20), RescanPeriod = TimeSpan.FromDays(1) };
        await using var catalogue = await ModelCatalogue.OpenAsync(settings, TimeProvider.System, default);
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
        var settings = new ModelCatalogueSettings { Folder = "", Slowdown = 0.5, Processor = new ProcessorSettings { Threads = 0 } };
        var error = await Assert.ThrowsAsync<ModelException>(() => ModelCatalogue.OpenAsync(settings, TimeProvider.System, default));
        Assert.All(["folder", "slowdown is 0.5", "threads is 0"], expected => Assert.Contains(expected, error.Message, StringComparison.Ordinal));
    }

    private static ModelCatalogueSettings Settings(string folder, params string[] variants) =>
        new() { Folder = folder, Variants = variants, Profiler = Sample.Brief, RescanPeriod = TimeSpan.FromDays(1), Quiet = TimeSpan.FromDays(1) };

    private static Task<ModelCatalogue> Open(string folder, params string[] variants) =>
        ModelCatalogue.OpenAsync(Settings(folder, variants), TimeProvider.System, default);

    private static LoadedModel Measured(string folder, string name)
    {
        var model = ModelLoader.Load(folder, name, new ProcessorSettings());
        model.Measured(new ServiceProfile("cpu", 1, [new BatchTime(1, 5, 10, 10, 0, []), new BatchTime(16, 5, 20, 20, 0, [])]));
        return model;
    }

    /// <summary>Makes a link lead elsewhere in one step, as those do who mean it.</summary>
    private static void Rename(ModelFolder folder, string target, string link)
    {
        File.CreateSymbolicLink(folder.File("next"), target);
        using var move = System.Diagnostics.Process.Start("mv", ["-T", folder.File("next"), folder.File(link)]);
        move.WaitForExit();
        Assert.Equal(0, move.ExitCode);
    }

    private static float[] Values(ModelCatalogue catalogue, params float[] values)
    {
        Assert.True(catalogue.TryRent("m", out var runner));
        using (runner)
        {
            var outcomes = new InferenceOutcome[1];
            Assert.Equal(1, runner.Run([Sample.Tensor(values)], outcomes));
            return runner.Values(outcomes[0]).ToArray();
        }
    }

    private static string Answer(ModelCatalogue catalogue, string variant, int pixels = 64)
    {
        Assert.True(catalogue.TryRent(variant, out var runner));
        using (runner)
        {
            Assert.Equal(1, runner.Run([Sample.Grey(new byte[pixels])], new InferenceOutcome[1]));
            return Convert.ToHexString(runner.Model.Digest.Span);
        }
    }
}
