using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using StreamSched.Onnx.Execution;
using StreamSched.Onnx.Profiling;

namespace StreamSched.Onnx.Models;

/// <summary>
/// The models of a folder, ready to run, and kept in step with it: a model that is added or replaced is loaded and measured in the background and only
/// then swapped in; runs in flight finish on the one that they began with. A broken model is a <see cref="ModelProblem"/> and stops nothing else.
/// </summary>
public sealed partial class ModelCatalogue : IAsyncDisposable
{
    private readonly ModelCatalogueOptions _options;
    private readonly Func<string, CancellationToken, LoadedModel> _load;
    private readonly FolderWatch _watch;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _scanning = new(1, 1);
    private readonly Dictionary<string, Stamp> _stamps = [];
    private volatile CatalogueSnapshot _snapshot = new(0, FrozenDictionary<string, LoadedModel>.Empty, []);
    private Task _following = Task.CompletedTask;

    private ModelCatalogue(ModelCatalogueOptions options, TimeProvider time, Func<string, CancellationToken, LoadedModel>? load)
    {
        _options = options;
        var profiler = new ServiceProfiler(options.Profiler, time);
        _load = load ?? ((name, cancellation) => LoadAndMeasure(options, profiler, name, cancellation));
        _watch = new FolderWatch(options.Folder, options.Quiet, options.RescanPeriod, time);
    }

    /// <summary>Raised in the background after each change, with what holds now; a worker registers anew on it.</summary>
    public event Action<CatalogueSnapshot>? Changed;

    /// <summary>Ends with the catalogue; faults where a handler of <see cref="Changed"/> threw, after which the folder is no longer followed.</summary>
    public Task Completion => _following;

    /// <summary>What holds now.</summary>
    public CatalogueSnapshot Snapshot => _snapshot;

    /// <summary>
    /// Loads and measures the models of a folder, then follows the folder. A folder or model that cannot be used is a problem in the snapshot, not an
    /// exception: it may be repaired while the worker runs.
    /// </summary>
    /// <param name="options">Which models, and on what.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The catalogue with everything loaded.</returns>
    /// <exception cref="ModelException">The options are out of range; all complaints in one.</exception>
    public static Task<ModelCatalogue> OpenAsync(ModelCatalogueOptions options, TimeProvider time, CancellationToken cancellation) =>
        OpenAsync(options, time, null, cancellation);

    internal static async Task<ModelCatalogue> OpenAsync(
        ModelCatalogueOptions options, TimeProvider time, Func<string, CancellationToken, LoadedModel>? load, CancellationToken cancellation)
    {
        if (options.Validate() is { Count: > 0 } complaints)
            throw new ModelException(string.Join("; ", complaints) + ".");
        var catalogue = new ModelCatalogue(options, time, load);
        try
        {
            await catalogue.RescanAsync(cancellation).ConfigureAwait(false);
        }
        catch
        {
            await catalogue.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        catalogue._following = catalogue.FollowAsync();
        return catalogue;
    }

    /// <summary>Takes a runner of a variant.</summary>
    /// <param name="variant">The variant's name.</param>
    /// <param name="runner">The runner; dispose it to hand it back.</param>
    /// <returns>False where there is no such model.</returns>
    public bool TryRent(string variant, [NotNullWhen(true)] out ModelRunner? runner)
    {
        // A model that is retired between the two lines has a successor in the next snapshot, or is gone from it.
        while (_snapshot.Models.TryGetValue(variant, out var model))
        {
            if (model.TryRent(out runner))
                return true;
        }

        runner = null;
        return false;
    }

    /// <summary>Looks at the folder now and takes up what has changed. Loading and measuring run on a thread of their own.</summary>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>Done when the new snapshot holds.</returns>
    public async Task RescanAsync(CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _stop.Token);
        await _scanning.WaitAsync(either.Token).ConfigureAwait(false);
        try
        {
            await Task.Factory.StartNew(() => Scan(either.Token), either.Token, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
        }
        finally
        {
            _scanning.Release();
        }
    }

    /// <summary>Stops following the folder and lets go of all models; those in use are freed when their runners come back.</summary>
    /// <returns>Done when nothing runs in the background any more.</returns>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
            return;
        await _stop.CancelAsync().ConfigureAwait(false);
        await _following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _watch.Dispose();
        await _scanning.WaitAsync().ConfigureAwait(false);
        var last = _snapshot;
        _snapshot = new CatalogueSnapshot(last.Version + 1, FrozenDictionary<string, LoadedModel>.Empty, []);
        foreach (var model in last.Models.Values)
            model.Retire();
        _scanning.Dispose();
        _stop.Dispose();
    }

    private async Task FollowAsync()
    {
        try
        {
            while (true)
            {
                await _watch.NextAsync(_stop.Token).ConfigureAwait(false);
                await RescanAsync(_stop.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }

    private void Scan(CancellationToken cancellation)
    {
        var problems = _snapshot.Problems.ToDictionary(problem => problem.Subject, problem => problem);
        problems.Remove(_options.Folder);
        IReadOnlyDictionary<string, Stamp> found;
        try
        {
            found = Stamps();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What is loaded goes on: a share that is away for a moment must not empty a worker.
            problems[_options.Folder] = new ModelProblem(_options.Folder, e is DirectoryNotFoundException
                ? $"{_options.Folder}: no such folder. Name the folder that holds the models (NAME.onnx with NAME.json beside each)."
                : $"{_options.Folder}: cannot be read: {e.Message}");
            Publish(_snapshot.Models.ToDictionary(), problems.Values);
            return;
        }

        if (found.Count == 0)
            problems[_options.Folder] = new ModelProblem(_options.Folder, $"{_options.Folder}: holds no model (NAME.onnx with NAME.json beside it).");
        foreach (var name in _stamps.Keys.Except(found.Keys).ToArray())
        {
            _stamps.Remove(name);
            problems.Remove(name);
        }

        foreach (var (name, stamp) in found.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (_stamps.GetValueOrDefault(name) == stamp)
                continue;
            cancellation.ThrowIfCancellationRequested();
            problems.Remove(name);
            LoadedModel loaded;
            try
            {
                loaded = _load(name, cancellation);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                problems[name] = new ModelProblem(name, e is ModelException ? e.Message : $"{name}: cannot be loaded: {e.Message}");
                // A file that could not be read may be readable next time, with nothing to be seen from outside; a bad model stays bad until it is replaced.
                if (e is IOException or UnauthorizedAccessException)
                    _stamps.Remove(name);
                else
                    _stamps[name] = stamp;
                continue;
            }

            _stamps[name] = stamp;
            // One by one, so that a small model serves while a large one is still being measured.
            var models = _snapshot.Models.ToDictionary();
            models[name] = loaded;
            Publish(models, problems.Values);
        }

        foreach (var missing in _options.Variants.Where(name => !found.ContainsKey(name)))
            problems[missing] = new ModelProblem(missing, $"{Path.Combine(_options.Folder, missing + ".onnx")}: no such model; the folder has: {Available()}.");
        Publish(_snapshot.Models.Where(pair => found.TryGetValue(pair.Key, out var stamp) && stamp.HasModel).ToDictionary(), problems.Values);
    }

    private void Publish(Dictionary<string, LoadedModel> models, IEnumerable<ModelProblem> problems)
    {
        var last = _snapshot;
        var sorted = problems.OrderBy(problem => problem.Subject, StringComparer.Ordinal).ToArray();
        if (last.Models.Count == models.Count && last.Models.All(pair => models.GetValueOrDefault(pair.Key) == pair.Value)
            && last.Problems.SequenceEqual(sorted))
            return;
        _snapshot = new CatalogueSnapshot(last.Version + 1, models.ToFrozenDictionary(), sorted);
        foreach (var (name, model) in last.Models)
        {
            if (models.GetValueOrDefault(name) != model)
                model.Retire();
        }

        Changed?.Invoke(_snapshot);
    }

    private Dictionary<string, Stamp> Stamps()
    {
        var files = new DirectoryInfo(_options.Folder).EnumerateFiles().ToDictionary(file => file.Name);
        // A manifest alone is taken up too, for those who forgot the model, but other JSON files are none of our business until a model of their name is there.
        var names = files.Keys.Where(file => file.EndsWith(".onnx", StringComparison.Ordinal)).Select(file => file[..^".onnx".Length])
            .Concat(_options.Variants.Where(name => files.ContainsKey(name + ".json")));
        return names.Distinct().Where(name => _options.Variants.Count == 0 || _options.Variants.Contains(name))
            .ToDictionary(name => name, name => new Stamp(Of(name + ".onnx"), Of(name + ".json")));

        (long, DateTime)? Of(string file) => files.TryGetValue(file, out var info) ? (info.Length, info.LastWriteTimeUtc) : null;
    }

    private string Available()
    {
        var names = Directory.EnumerateFiles(_options.Folder, "*.onnx").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal).ToArray();
        return names.Length == 0 ? "none" : string.Join(", ", names);
    }

    private static LoadedModel LoadAndMeasure(ModelCatalogueOptions options, ServiceProfiler profiler, string name, CancellationToken cancellation)
    {
        if (!NameForm().IsMatch(name))
            throw new ModelException($"{name}.onnx: rename it, a variant's name is 1 to 64 of a-z, 0-9, '.', '_' and '-'.");
        var model = ModelLoader.Load(options.Folder, name, options.Processor);
        try
        {
            model.Measured(profiler.Measure(model, options.Processor.Id, options.Slowdown, cancellation));
            return model;
        }
        catch
        {
            model.Retire();
            throw;
        }
    }

    /// <summary>What tells a changed pair of files from an unchanged one: length and time of the model and of its manifest, null where there is none.</summary>
    private sealed record Stamp((long Bytes, DateTime Written)? Model, (long Bytes, DateTime Written)? Manifest)
    {
        public bool HasModel => Model is not null;
    }

    [GeneratedRegex("^[a-z0-9._-]{1,64}$")]
    private static partial Regex NameForm();
}
