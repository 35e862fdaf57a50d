using StreamSched.Onnx.Models;

namespace StreamSched.Onnx.Catalogue;

/// <summary>One try to load a model.</summary>
internal sealed class LoadAttempt : IDisposable
{
    private readonly CancellationTokenSource _limit;
    private readonly CancellationTokenSource _cancel;
    private readonly TimeProvider _time;

    /// <summary>Begins to count the time.</summary>
    /// <param name="limit">How long it may take.</param>
    /// <param name="time">The clock.</param>
    /// <param name="stop">Ends it, too.</param>
    public LoadAttempt(TimeSpan limit, TimeProvider time, CancellationToken stop)
    {
        _time = time;
        _limit = new CancellationTokenSource(limit, time);
        _cancel = CancellationTokenSource.CreateLinkedTokenSource(_limit.Token, stop);
        Token = _cancel.Token;
    }

    /// <summary>Cancelled by the limit, by <see cref="Cancel"/> and by the end of the catalogue.</summary>
    public CancellationToken Token { get; }

    /// <summary>Whether the limit ended it.</summary>
    public bool IsOverTime => _limit.IsCancellationRequested;

    /// <summary>Done when the try has ended, however it did.</summary>
    public Task Ended { get; set; } = Task.CompletedTask;

    /// <summary>Of what it is.</summary>
    public CatalogueEntry Entry { get; set; } = null!;

    /// <summary>What the names of its files led to before they were read.</summary>
    public IReadOnlyList<(string Name, FileState State)> Seen { get; set; } = [];

    /// <summary>Gives the try up.</summary>
    public void Cancel() => _cancel.CancelAsync();

    /// <summary>Ends some time after the attempt was cancelled.</summary>
    public async Task Expired(TimeSpan after)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = Token.UnsafeRegister(
            static source => ((TaskCompletionSource)source!).TrySetResult(), cancelled).ConfigureAwait(false);
        await cancelled.Task.ConfigureAwait(false);
        await Task.Delay(after, _time).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _limit.Dispose();
        _cancel.Dispose();
    }
}
