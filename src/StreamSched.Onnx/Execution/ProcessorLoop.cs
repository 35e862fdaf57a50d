using System.Collections.Concurrent;
using System.Collections.Frozen;
using StreamSched.Onnx.Catalogue;
using StreamSched.Onnx.Energy;
using StreamSched.Onnx.Inference;
using StreamSched.Onnx.Models;
using StreamSched.Onnx.Processors;

namespace StreamSched.Onnx.Execution;

/// <summary>
/// Executes the batches of one processor, each slot on a thread of its own. It has no queue: a batch is taken while a slot is free and refused otherwise, so
/// that whoever forms batches decides as late as possible.
/// </summary>
public sealed class ProcessorLoop : IAsyncDisposable
{
    private const double SlowestRun = 10; // times what was measured

    private static readonly TimeSpan ToFinish = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ToEnd = TimeSpan.FromSeconds(1);

    private readonly ModelCatalogue _catalogue;
    private readonly RunningBatches _running;
    private readonly BatchFinished _finished;
    private readonly double _slowdown;
    private readonly Func<double>? _pace;
    private readonly TimeProvider _time;
    private readonly Lock _starting = new();
    private readonly ConcurrentQueue<InferenceBatch> _next = new();
    private readonly SemaphoreSlim _work = new(0);
    private readonly CancellationTokenSource _stop = new();
    private readonly PreciseDelay _delay;
    private readonly RunWatch[] _watches;
    private int _free;
    private int _busy;

    /// <summary>Creates the loop and starts its threads.</summary>
    /// <param name="processor">What it runs on.</param>
    /// <param name="catalogue">The models.</param>
    /// <param name="running">What runs on the worker; shared by its processors.</param>
    /// <param name="energy">The processor's meter.</param>
    /// <param name="slowdown">Factor by which a slower device is emulated, at least 1.</param>
    /// <param name="finished">Takes the results.</param>
    /// <param name="time">The clock.</param>
    /// <param name="pace">Factor on the time of the batch that is about to begin on an emulated device, from any thread; null: always 1.</param>
    public ProcessorLoop(
        ProcessorSettings processor, ModelCatalogue catalogue, RunningBatches running, EnergyMeter energy, double slowdown, BatchFinished finished,
        TimeProvider time, Func<double>? pace = null)
    {
        processor.ThrowIfInvalid();
        ArgumentOutOfRangeException.ThrowIfLessThan(slowdown, 1);
        if (slowdown == 1 && pace is not null)
            throw new ArgumentException("only an emulated device has another pace: emulation can make a batch longer and never shorter", nameof(pace));
        Processor = processor;
        Energy = energy;
        _catalogue = catalogue;
        _running = running;
        _finished = finished;
        _slowdown = slowdown;
        _pace = pace;
        _time = time;
        _free = processor.Slots;
        _delay = new PreciseDelay(time, _stop.Token);
        _watches = [.. Enumerable.Range(0, processor.Slots).Select(_ => new RunWatch(time))];
        Completion = Task.WhenAll(Enumerable.Range(0, processor.Slots).Select(StartSlot));
    }

    /// <summary>Raised on a slot's thread when it is free again; the place to give it the next batch.</summary>
    public event Action? SlotFreed;

    /// <summary>What it runs on.</summary>
    public ProcessorSettings Processor { get; }

    /// <summary>The processor's meter.</summary>
    public EnergyMeter Energy { get; }

    /// <summary>Slots without a batch.</summary>
    public int FreeSlots
    {
        get
        {
            lock (_starting)
                return _free;
        }
    }

    /// <summary>For how long a run has gone on beyond its limit although it was told to end; 0: none does.</summary>
    public TimeSpan Overdue => _watches.Max(watch => watch.Overdue);

    /// <summary>Ends when the loop has been stopped; faults where a callback threw, after which the slot takes no more batches.</summary>
    public Task Completion { get; }

    /// <summary>Gives a batch to a free slot.</summary>
    /// <param name="batch">The batch.</param>
    /// <returns>False where no slot is free or the loop has been stopped.</returns>
    public bool TryStart(InferenceBatch batch)
    {
        ArgumentOutOfRangeException.ThrowIfZero(batch.Items.Length);
        lock (_starting)
        {
            if (_free == 0 || _stop.IsCancellationRequested)
                return false;
            _free--;
            _next.Enqueue(batch);
            _work.Release();
            return true;
        }
    }

    /// <summary>Takes no more batches and waits for those that run, but not for ever; emulated waiting is cut short.</summary>
    /// <returns>Done when all threads have ended, or cannot be ended.</returns>
    public async ValueTask DisposeAsync()
    {
        lock (_starting)
        {
            if (_stop.IsCancellationRequested)
                return;
            // Nobody waits on this token but the emulated delays, so nothing runs in here.
            _stop.Cancel();
        }

        // After what has been taken: a slot ends when it is woken and finds no batch.
        _work.Release(Processor.Slots);
        await Task.WhenAny(Completion, Task.Delay(ToFinish, _time)).ConfigureAwait(false);
        foreach (var watch in _watches)
            watch.EndNow();
        await Task.WhenAny(Completion, Task.Delay(ToEnd, _time)).ConfigureAwait(false);
        if (!Completion.IsCompleted)
            return; // A thread that nothing can end goes with the process, and what it uses with it.
        foreach (var watch in _watches)
            watch.Dispose();
        _work.Dispose();
        _stop.Dispose();
    }

    private Task StartSlot(int slot)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                RunSlot(_watches[slot]);
                ended.SetResult();
            }
            catch (Exception e)
            {
                ended.SetException(e);
            }
        })
        {
            IsBackground = true,
            Name = $"{Processor.Id}-{slot}",
        };
        thread.Start();
        return ended.Task;
    }

    private void RunSlot(RunWatch watch)
    {
        var payloads = new InferencePayload[ModelManifest.LargestBatch];
        var outcomes = new InferenceOutcome[ModelManifest.LargestBatch];
        while (true)
        {
            _work.Wait();
            // Released without a batch: stopped. What was taken before is run first.
            if (!_next.TryDequeue(out var batch))
                return;
            Execute(watch, batch, payloads, outcomes);
            lock (_starting)
                _free++;
            SlotFreed?.Invoke();
        }
    }

    private void Execute(RunWatch watch, InferenceBatch batch, InferencePayload[] payloads, InferenceOutcome[] outcomes)
    {
        var rest = batch.Items.Span;
        while (rest.Length > 0)
        {
            if (!_catalogue.TryRent(batch.Variant, out var runner))
            {
                ReportMissing(batch.Variant, rest);
                return;
            }

            using (runner)
            {
                // The batch was formed for the model that was registered; one that replaced it may take fewer at once.
                var items = rest[..Math.Min(rest.Length, runner.Model.MaxBatch)];
                rest = rest[items.Length..];
                Execute(watch, runner, items, payloads, outcomes);
            }
        }
    }

    private void Execute(RunWatch watch, ModelRunner runner, ReadOnlySpan<BatchItem> items, InferencePayload[] payloads, InferenceOutcome[] outcomes)
    {
        for (var i = 0; i < items.Length; i++)
            payloads[i] = items[i].Payload;
        var coRunners = _running.Start(runner.Model.Name, items.Length);
        var busy = Interlocked.Increment(ref _busy);
        try
        {
            watch.Begin(runner, Limit(runner.Model, items.Length));
            Energy.Begin();
            var started = _time.GetTimestamp();
            runner.Run(payloads.AsSpan(0, items.Length), outcomes);
            watch.End();
            var ran = runner.Ran;
            if (_slowdown > 1 && ran > 0)
                _delay.Until(started + EmulatedTicks(runner.Model, ran));
            var service = _time.GetElapsedTime(started);
            _finished(new BatchResult(runner)
            {
                Variant = runner.Model.Name,
                Items = items,
                Outcomes = outcomes.AsSpan(0, items.Length),
                Failure = runner.Failure,
                Started = started,
                Service = service,
                Ran = ran,
                CoRunners = coRunners,
                Slowdown = _slowdown,
                Energy = Energy.End(service, busy, ran),
            });
        }
        finally
        {
            watch.End();
            Interlocked.Decrement(ref _busy);
            _running.Finish(runner.Model.Name, items.Length);
            Array.Clear(payloads, 0, items.Length);
        }
    }

    /// <summary>
    /// The emulated device takes the slow-down times what was measured before serving; a run that took even longer stays as it is. Not the slow-down times what
    /// this very run took: a core that is shared or a cache gone cold is this machine's hiccup, and 50 times a time slice of 4 ms no device's. Where its times
    /// scatter, this batch takes its own multiple of that.
    /// </summary>
    private long EmulatedTicks(LoadedModel model, int batch) =>
        model.Profile is { } profile
            ? (long)((_pace?.Invoke() ?? 1) * _slowdown / profile.Slowdown * profile.Table.Seconds(batch) * _time.TimestampFrequency) : 0;

    private TimeSpan Limit(LoadedModel model, int batch)
    {
        var measured = model.Profile is { } profile ? profile.Table.Seconds(batch) / profile.Slowdown : 0;
        return TimeSpan.FromSeconds(Math.Max(Processor.RunLimit.TotalSeconds, SlowestRun * measured));
    }

    private void ReportMissing(string variant, ReadOnlySpan<BatchItem> items)
    {
        var outcomes = new InferenceOutcome[items.Length];
        Array.Fill(outcomes, new InferenceOutcome(InferenceFault.Model, -1, -1));
        _finished(new BatchResult(null)
        {
            Variant = variant,
            Items = items,
            Outcomes = outcomes,
            Failure = $"there is no model {variant}",
            Started = _time.GetTimestamp(),
            Service = TimeSpan.Zero,
            Ran = 0,
            CoRunners = FrozenDictionary<string, int>.Empty,
            Slowdown = _slowdown,
            Energy = default,
        });
    }
}
