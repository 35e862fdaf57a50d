namespace StreamSched.Onnx.Catalogue;

/// <summary>
/// Says when a folder may have changed: once it has been quiet after a notice of the file system, and every period whether there was one or not, however
/// many notices come. A folder that is not there yet is watched from the first period in which it is.
/// </summary>
internal sealed class FolderWatch : IDisposable
{
    private readonly string _folder;
    private readonly TimeSpan _quiet;
    private readonly ITimer _timer;
    private readonly ITimer _quietTimer;
    private readonly SemaphoreSlim _due = new(0);
    private readonly Lock _lock = new();
    private FileSystemWatcher? _watcher;
    private bool _disposed;

    public FolderWatch(string folder, TimeSpan quiet, TimeSpan period, TimeProvider time)
    {
        _folder = folder;
        _quiet = quiet;
        _quietTimer = time.CreateTimer(_ => Due(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer = time.CreateTimer(_ => Due(), null, period, period);
        TryWatch();
    }

    /// <summary>Waits until the folder should be looked at.</summary>
    public async Task NextAsync(CancellationToken cancellation)
    {
        await _due.WaitAsync(cancellation).ConfigureAwait(false);
        // Whatever came meanwhile is seen by the same look.
        while (_due.Wait(0, CancellationToken.None))
        {
        }

        TryWatch();
    }

    /// <summary>Takes a notice: the folder is due once it has been quiet.</summary>
    internal void Notice()
    {
        lock (_lock)
        {
            if (!_disposed)
                _quietTimer.Change(_quiet, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _timer.Dispose();
            _quietTimer.Dispose();
            _watcher?.Dispose();
        }
    }

    private void Due() => _due.Release();

    private void TryWatch()
    {
        lock (_lock)
        {
            if (_disposed || (_watcher is not null && Directory.Exists(_folder)))
                return;
            _watcher?.Dispose();
            _watcher = null;
            if (!Directory.Exists(_folder))
                return;
            try
            {
                var watcher = new FileSystemWatcher(_folder) { NotifyFilter = NotifyFilters.FileName | NotifyFilters.LastWrite | NotifyFilters.Size };
                watcher.Changed += (_, _) => Notice();
                watcher.Created += (_, _) => Notice();
                watcher.Deleted += (_, _) => Notice();
                watcher.Renamed += (_, _) => Notice();
                // Lost notices (a full buffer, an unmounted share): look at the folder itself.
                watcher.Error += (_, _) => Notice();
                watcher.EnableRaisingEvents = true;
                _watcher = watcher;
            }
            catch (IOException)
            {
                // No notices to be had, as where the system's limit of watches is reached: the period remains.
            }
        }
    }
}
