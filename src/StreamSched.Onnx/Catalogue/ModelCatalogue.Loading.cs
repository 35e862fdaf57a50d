using System.Security.Cryptography;
using System.Text.RegularExpressions;
using StreamSched.Onnx.Inference;
using StreamSched.Onnx.Models;

namespace StreamSched.Onnx.Catalogue;

// How a model is taken up: read, loaded and measured on a thread of its own, within a limit, and published once it can run.
public sealed partial class ModelCatalogue
{
    /// <summary>Takes up what is queued, one after the other; a model that takes longer than others should wait for goes on beside the next.</summary>
    private async Task PumpAsync()
    {
        lock (_gate)
        {
            if (_isPumping)
                return;
            _isPumping = true;
        }

        while (true)
        {
            string name;
            LoadAttempt attempt;
            lock (_gate)
            {
                if (_stop.IsCancellationRequested)
                    _queue.Clear();
                if (!_queue.TryDequeue(out name!))
                {
                    _isPumping = false;
                    EndWhereIdle();
                    return;
                }

                if (!_entries.TryGetValue(name, out var entry))
                    continue;
                entry.IsQueued = false;
                attempt = entry.Attempt = new LoadAttempt(_settings.LoadLimit, _time, _stop.Token);
                attempt.Entry = entry;
            }

            attempt.Ended = TakeUpAsync(name, attempt.Entry, attempt);

            if (await Task.WhenAny(attempt.Ended, Task.Delay(_settings.Patience, _time, _stop.Token)).ConfigureAwait(false) == attempt.Ended
                || _stop.IsCancellationRequested)
                continue;
            Publish(problems: () =>
            {
                if (!attempt.Ended.IsCompleted && _entries.GetValueOrDefault(name)?.Attempt == attempt)
                {
                    _problems[name] = new ModelProblem(
                        name, $"{Path.Combine(_settings.Folder, name + ".onnx")}: is still being loaded and measured after "
                            + $"{_settings.Patience.TotalSeconds:0.#} s, at most {_settings.LoadLimit.TotalSeconds:0.#} s; the others do not wait for it.",
                        IsPending: true);
                }
            });
        }
    }

    private void EndWhereIdle()
    {
        if (_queue.Count == 0 && !_isPumping && _entries.Values.All(entry => entry.Attempt is null))
            _idle.TrySetResult();
    }

    private async Task TakeUpAsync(string name, CatalogueEntry entry, LoadAttempt attempt)
    {
        try
        {
            if (Volatile.Read(ref _abandoned) >= MostAbandoned)
            {
                Fail(name, entry,
                    $"{name}.onnx: not loaded, because {MostAbandoned} earlier ones cannot be stopped. Take those away and start the worker again.",
                    again: false);
                return;
            }

            var work = OnThread(name, () => Work(name, entry, attempt));
            if (await Task.WhenAny(work, attempt.Expired(ToEnd)).ConfigureAwait(false) == work)
            {
                Take(name, entry, await work.ConfigureAwait(false));
                return;
            }

            Interlocked.Increment(ref _abandoned);
            _ = work.ContinueWith(
                ended =>
                {
                    Interlocked.Decrement(ref _abandoned);
                    if (ended.IsCompletedSuccessfully)
                        ended.Result?.Retire();
                    else
                        _ = ended.Exception;
                },
                CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            attempt.Token.ThrowIfCancellationRequested();
        }
        catch (OperationCanceledException)
        {
            // By its limit, by a change of its files, or by the end of the catalogue.
            if (attempt.IsOverTime)
            {
                Note(entry, attempt.Seen, entry.Content);
                Fail(
                    name, entry,
                    $"{Path.Combine(_settings.Folder, name + ".onnx")}: loading and measuring took longer than {_settings.LoadLimit.TotalSeconds:0.#} s and "
                    + "was given up. Replace the model, lower its $.maxBatch, or give it more time (--load-limit).", again: false);
            }
            else
            {
                lock (_gate)
                    entry.Forget();
                _watch.Notice();
            }
        }
        catch (Exception e)
        {
            // A file that could not be read may be readable next time, with nothing to be seen from outside; a bad model stays bad until it is replaced.
            Fail(
                name, entry, e is ModelException ? e.Message : $"{name}: cannot be loaded: {e.Message}",
                again: e is IOException or UnauthorizedAccessException);
        }
        finally
        {
            lock (_gate)
            {
                entry.Attempt = null;
                EndWhereIdle();
            }

            attempt.Dispose();
        }
    }

    /// <summary>Reads, loads and measures a model; null: it is what was taken up last.</summary>
    private LoadedModel? Work(string name, CatalogueEntry entry, LoadAttempt attempt)
    {
        var cancellation = attempt.Token;
        attempt.Seen = [.. new[] { name + ".onnx", name + ".json" }.Select(file => (file, StateOf(file)))];
        ModelContent content;
        try
        {
            if (!NameForm().IsMatch(name))
                throw new ModelException($"{name}.onnx: rename it, a variant's name is 1 to 64 of a-z, 0-9, '.', '_' and '-'.");
            content = ModelFiles.Read(_settings.Folder, name, seen => attempt.Seen = seen, cancellation);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Note(entry, attempt.Seen, []);
            throw;
        }

        if (!Note(entry, attempt.Seen, [.. content.Digest, .. SHA256.HashData(content.Manifest)]))
            return null;
        if (_load is not null)
            return _load(name, cancellation);
        var model = ModelLoader.Load(content, _settings.Folder, name, _settings.Processor, _settings.Limits, cancellation);
        try
        {
            model.Measured(
                _settings.EmulatedTimes?.GetValueOrDefault(name) is { } times ? ServiceProfile.Emulated(_settings.Processor.Id, _settings.Slowdown, times)
                : _profiler.Measure(model, _settings.Processor.Id, _settings.Slowdown, cancellation));
            return model;
        }
        catch
        {
            model.Retire();
            throw;
        }
    }

    /// <summary>Notes what a name led to; whether the content is another than before.</summary>
    private bool Note(CatalogueEntry entry, IReadOnlyList<(string Name, FileState State)> seen, byte[] content)
    {
        lock (_gate)
        {
            var isSame = entry.Content.AsSpan().SequenceEqual(content);
            // The same files with the same content, some time after they were first seen so: nothing can have slipped through.
            entry.IsSettled = FileState.IsExact && isSame && entry.Seen.SequenceEqual(seen);
            (entry.Seen, entry.Content, entry.SeenAt) = (seen, content, _time.GetTimestamp());
            return !isSame || content.Length == 0;
        }
    }

    private void Take(string name, CatalogueEntry entry, LoadedModel? loaded)
    {
        if (loaded is null)
            return;
        var isWanted = false;
        // One by one, so that a small model serves while a large one is still being measured.
        Publish(
            models: models =>
            {
                lock (_gate)
                    isWanted = _entries.GetValueOrDefault(name) == entry && !_stop.IsCancellationRequested;
                if (isWanted)
                    models[name] = loaded;
            },
            problems: () =>
            {
                if (isWanted)
                    _problems.Remove(name);
            });
        if (!isWanted)
            loaded.Retire();
    }

    private void Fail(string name, CatalogueEntry entry, string message, bool again)
    {
        Publish(problems: () =>
        {
            if (_entries.GetValueOrDefault(name) == entry)
                _problems[name] = new ModelProblem(name, message);
            if (again)
                entry.Forget();
        });
    }

    private static Task<LoadedModel?> OnThread(string name, Func<LoadedModel?> work)
    {
        var ended = new TaskCompletionSource<LoadedModel?>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                ended.SetResult(work());
            }
            catch (Exception e)
            {
                ended.SetException(e);
            }
        })
        {
            IsBackground = true,
            Name = "load " + name,
        }.Start();
        return ended.Task;
    }

    [GeneratedRegex("^[a-z0-9._-]{1,64}$")]
    private static partial Regex NameForm();
}
