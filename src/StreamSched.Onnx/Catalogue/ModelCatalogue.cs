using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using StreamSched.Onnx.Inference;
using StreamSched.Onnx.Models;
using StreamSched.Onnx.Profiling;

namespace StreamSched.Onnx.Catalogue;

/// <summary>
/// The models of a folder, ready to run, and kept in step with it: a model that is added or replaced is loaded and measured in the background and only
/// then swapped in; runs in flight finish on the one that they began with. A broken model is a <see cref="ModelProblem"/> and stops nothing else, nor does
/// one that is slow to load or never ends.
/// </summary>
public sealed partial class ModelCatalogue : IAsyncDisposable
{
    // A load that cannot be ended keeps a thread, and what it has allocated; a few of them are borne.
    private const int MostAbandoned = 4;

    // What honours its cancellation ends within moments.
    private static readonly TimeSpan ToEnd = TimeSpan.FromSeconds(1);

    // A file may change twice within one tick of the kernel's clock. So contents are compared once more when that is long over.
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(2);

    private readonly ModelCatalogueSettings _settings;
    private readonly Func<string, CancellationToken, LoadedModel>? _load;
    private readonly ServiceProfiler _profiler;
    private readonly TimeProvider _time;
    private readonly FolderWatch _watch;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _looking = new(1, 1);
    private readonly Lock _gate = new();
    private readonly Lock _publishing = new();
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Under _gate.
    private readonly SortedDictionary<string, CatalogueEntry> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ModelProblem> _problems = new(StringComparer.Ordinal);
    private readonly Queue<string> _queue = new();
    private int _abandoned;
    private bool _isPumping;
    private TaskCompletionSource _idle = Completed();

    private volatile CatalogueSnapshot _snapshot = new(0, FrozenDictionary<string, LoadedModel>.Empty, []);
    private Task _following = Task.CompletedTask;

    private ModelCatalogue(ModelCatalogueSettings settings, TimeProvider time, Func<string, CancellationToken, LoadedModel>? load)
    {
        (_settings, _time, _load) = (settings, time, load);
        _profiler = new ServiceProfiler(settings.Profiler, time);
        _watch = new FolderWatch(settings.Folder, settings.Quiet, settings.RescanPeriod, time);
    }

    /// <summary>Raised in the background after each change, with what holds now; a worker registers anew on it.</summary>
    public event Action<CatalogueSnapshot>? Changed;

    /// <summary>Ends with the catalogue; faults where a handler of <see cref="Changed"/> threw, after which the folder is no longer followed.</summary>
    public Task Completion => _completion.Task;

    /// <summary>What holds now.</summary>
    public CatalogueSnapshot Snapshot => _snapshot;

    /// <summary>
    /// Loads and measures the models of a folder, then follows the folder. A folder or model that cannot be used is a problem in the snapshot, not an
    /// exception: it may be repaired while the worker runs.
    /// </summary>
    /// <param name="settings">Which models, and on what.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellation">Gives up at once, whatever is being loaded.</param>
    /// <param name="changed">The first handler of <see cref="Changed"/>, which hears of what happens until the catalogue is open, too.</param>
    /// <returns>The catalogue with everything loaded, but for models that take longer than others should wait for; those come later.</returns>
    /// <exception cref="ModelException">The settings are out of range; all complaints in one.</exception>
    public static Task<ModelCatalogue> OpenAsync(
        ModelCatalogueSettings settings, TimeProvider time, CancellationToken cancellation, Action<CatalogueSnapshot>? changed = null) =>
        OpenAsync(settings, time, null, cancellation, changed);

    internal static async Task<ModelCatalogue> OpenAsync(
        ModelCatalogueSettings settings, TimeProvider time, Func<string, CancellationToken, LoadedModel>? load, CancellationToken cancellation,
        Action<CatalogueSnapshot>? changed = null)
    {
        if (settings.Validate() is { Count: > 0 } complaints)
            throw new ModelException(string.Join("; ", complaints) + ".");
        var catalogue = new ModelCatalogue(settings, time, load);
        catalogue.Changed += changed;
        try
        {
            await catalogue.LookAsync(cancellation).ConfigureAwait(false);
            catalogue._following = catalogue.FollowAsync();
            await catalogue.OpenedAsync().WaitAsync(cancellation).ConfigureAwait(false);
        }
        catch
        {
            await catalogue.DisposeAsync().ConfigureAwait(false);
            throw;
        }

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

    /// <summary>Looks at the folder now and takes up what has changed. Loading and measuring run on threads of their own.</summary>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>Done when everything that was found is loaded, or cannot be.</returns>
    public async Task RescanAsync(CancellationToken cancellation)
    {
        await LookAsync(cancellation).ConfigureAwait(false);
        Task idle;
        lock (_gate)
            idle = _idle.Task;
        await idle.WaitAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Stops following the folder and lets go of all models; those in use are freed when their runners come back.</summary>
    /// <returns>Done when nothing runs in the background any more, or cannot be ended.</returns>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
            return;
        await _stop.CancelAsync().ConfigureAwait(false);
        await _following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _watch.Dispose();
        Task idle;
        lock (_gate)
            idle = _idle.Task;
        await idle.ConfigureAwait(false);
        lock (_publishing)
        {
            var last = _snapshot;
            _snapshot = new CatalogueSnapshot(last.Version + 1, FrozenDictionary<string, LoadedModel>.Empty, []);
            foreach (var model in last.Models.Values)
                model.Retire();
        }

        _completion.TrySetResult();
    }

    private async Task FollowAsync()
    {
        try
        {
            while (true)
            {
                await _watch.NextAsync(_stop.Token).ConfigureAwait(false);
                await LookAsync(_stop.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
        catch (Exception e)
        {
            _completion.TrySetException(e);
        }
    }

    /// <summary>Done when all is loaded, or when something is and the rest is slow.</summary>
    private async Task OpenedAsync()
    {
        while (true)
        {
            Task next;
            lock (_gate)
            {
                if (_idle.Task.IsCompleted || (_snapshot.Models.Count > 0 && !_isPumping))
                    return;
                next = Task.WhenAny(_entries.Values.Where(entry => entry.Attempt is not null).Select(entry => entry.Attempt!.Ended).Append(_idle.Task));
            }

            // While models are being taken up in turn, each turn ends within moments; a look at the state again costs nothing.
            await Task.WhenAny(next, Task.Delay(TimeSpan.FromMilliseconds(20), _time)).ConfigureAwait(false);
        }
    }

    // A folder on a share that hangs keeps a thread, and nobody who waits.
    private async Task LookAsync(CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _stop.Token);
        await _looking.WaitAsync(either.Token).ConfigureAwait(false);
        await Task.Factory.StartNew(
            () =>
            {
                try
                {
                    Look();
                }
                finally
                {
                    _looking.Release();
                }
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).WaitAsync(either.Token).ConfigureAwait(false);
    }

    private void Look()
    {
        Dictionary<string, bool> found;
        try
        {
            found = Names();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What is loaded goes on: a share that is away for a moment must not empty a worker.
            Publish(problems: () => _problems[_settings.Folder] = new ModelProblem(_settings.Folder, e is DirectoryNotFoundException
                ? $"{_settings.Folder}: no such folder. Name the folder that holds the models (NAME.onnx with NAME.json beside each)."
                : $"{_settings.Folder}: cannot be read: {e.Message}"));
            return;
        }

        HashSet<string> gone;
        lock (_gate)
        {
            foreach (var name in found.Keys.Order(StringComparer.Ordinal))
            {
                if (!_entries.TryGetValue(name, out var entry))
                    _entries.Add(name, entry = new CatalogueEntry());
                if (IsDue(name, entry))
                    Enqueue(name, entry);
            }

            gone = [.. _entries.Keys.Except(found.Keys)];
            foreach (var name in gone)
            {
                _entries[name].Attempt?.Cancel();
                _entries.Remove(name);
            }
        }

        Publish(
            models: models =>
            {
                // A link into nothing is no removal: what it led to before goes on, as when a replacement is broken.
                foreach (var name in models.Keys.Where(name => !found.GetValueOrDefault(name)).ToArray())
                    models.Remove(name);
            },
            problems: () =>
            {
                foreach (var name in gone)
                    _problems.Remove(name);
                _problems.Remove(_settings.Folder);
                if (found.Count == 0)
                    _problems[_settings.Folder] = new ModelProblem(
                        _settings.Folder, $"{_settings.Folder}: holds no model (NAME.onnx with NAME.json beside it).");
                foreach (var missing in _settings.Variants.Except(found.Keys))
                    _problems[missing] = new ModelProblem(
                        missing, $"{Path.Combine(_settings.Folder, missing + ".onnx")}: no such model; the folder has: {Available()}.");
            });
        _ = PumpAsync();
    }

    /// <summary>Whether a model's files are others than those that were read last, or have not been compared since they settled. Under the gate.</summary>
    private bool IsDue(string name, CatalogueEntry entry)
    {
        if (entry.IsQueued)
            return false;
        if (entry.Attempt is { } attempt)
        {
            // Whoever replaces a model that never ends need not wait for its limit.
            if (!IsSame(attempt.Seen))
                attempt.Cancel();
            return false;
        }

        return entry.Seen.Count == 0 || !IsSame(entry.Seen) || (!entry.IsSettled && _time.GetElapsedTime(entry.SeenAt) >= Settling);

        bool IsSame(IReadOnlyList<(string Name, FileState State)> seen) => seen.All(file => StateOf(file.Name) == file.State);
    }

    private FileState StateOf(string file) => FileState.Of(Path.Combine(_settings.Folder, file));

    private void Enqueue(string name, CatalogueEntry entry)
    {
        entry.IsQueued = true;
        _queue.Enqueue(name);
        if (_idle.Task.IsCompleted)
            _idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Changes models, problems or both, and tells of it where there is something to tell.</summary>
    private void Publish(Action<Dictionary<string, LoadedModel>>? models = null, Action? problems = null)
    {
        try
        {
            lock (_publishing)
            {
                var last = _snapshot;
                var next = last.Models.ToDictionary();
                models?.Invoke(next);
                ModelProblem[] sorted;
                lock (_gate)
                {
                    problems?.Invoke();
                    sorted = [.. _problems.Values.OrderBy(problem => problem.Subject, StringComparer.Ordinal)];
                }

                if (last.Models.Count == next.Count && last.Models.All(pair => next.GetValueOrDefault(pair.Key) == pair.Value)
                    && last.Problems.SequenceEqual(sorted))
                    return;
                _snapshot = new CatalogueSnapshot(last.Version + 1, next.ToFrozenDictionary(), sorted);
                foreach (var (name, model) in last.Models)
                {
                    if (next.GetValueOrDefault(name) != model)
                        model.Retire();
                }

                Changed?.Invoke(_snapshot);
            }
        }
        catch (Exception e)
        {
            _completion.TrySetException(e);
        }
    }

    /// <summary>The variants of the folder, with whether there is a model file of their name.</summary>
    private Dictionary<string, bool> Names()
    {
        var files = new DirectoryInfo(_settings.Folder).EnumerateFileSystemInfos().Select(file => file.Name).ToHashSet(StringComparer.Ordinal);
        // A manifest alone is taken up too, for those who forgot the model, but other JSON files are none of our business until a model of their name is there.
        return files.Where(file => file.EndsWith(".onnx", StringComparison.Ordinal)).Select(file => file[..^".onnx".Length])
            .Concat(_settings.Variants.Where(name => files.Contains(name + ".json")))
            .Where(name => _settings.Variants.Count == 0 || _settings.Variants.Contains(name)).Distinct()
            .ToDictionary(name => name, name => files.Contains(name + ".onnx"), StringComparer.Ordinal);
    }

    private string Available()
    {
        var names = Directory.EnumerateFiles(_settings.Folder, "*.onnx").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal).ToArray();
        return names.Length == 0 ? "none" : string.Join(", ", names);
    }

    private static TaskCompletionSource Completed()
    {
        var completed = new TaskCompletionSource();
        completed.SetResult();
        return completed;
    }
}
