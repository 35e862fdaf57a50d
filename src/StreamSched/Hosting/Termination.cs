using System.Diagnostics;
using System.Runtime.InteropServices;

namespace StreamSched.Hosting;

/// <summary>
/// What Ctrl-C and SIGTERM do to this process: they ask the command to end, and end the process when it has not ended in time, whatever it waits for. The
/// thread that counts the time is made with this, and needs nothing of the command, its locks or the pool's threads.
/// </summary>
internal sealed class Termination : IDisposable
{
    /// <summary>What a command may take to end beyond its <see cref="DrainTime"/>. The promise is 5 s, the process's own end included.</summary>
    public static readonly TimeSpan Margin = TimeSpan.FromSeconds(3.5);

    private static readonly TimeSpan ExitLimit = TimeSpan.FromSeconds(0.25);

    private readonly CancellationTokenSource _stop = new();
    private readonly ManualResetEventSlim _asked = new();
    private readonly ManualResetEventSlim _ended = new();
    private readonly Action<TimeSpan> _giveUp;
    private readonly TimeSpan _margin;
    private readonly PosixSignalRegistration[] _signals;
    private readonly Thread _watch;
    private long _drainTicks;

    /// <summary>Begins to listen to signals.</summary>
    public Termination()
        : this(EndProcess, Margin) =>
        _signals = [PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal), PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal)];

    /// <summary>Listens to no signals, for tests.</summary>
    /// <param name="giveUp">Called when the time is over, with the time that the command had.</param>
    /// <param name="margin">Time beyond the drain time.</param>
    public Termination(Action<TimeSpan> giveUp, TimeSpan margin)
    {
        (_giveUp, _margin, _signals) = (giveUp, margin, []);
        _watch = new Thread(Watch) { IsBackground = true, Name = "termination" };
        _watch.Start();
    }

    /// <summary>Cancelled when the process is asked to end.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>How long the command that runs may wait for what is under way when it is asked to end.</summary>
    public TimeSpan DrainTime
    {
        get => TimeSpan.FromTicks(Interlocked.Read(ref _drainTicks));
        set => Interlocked.Exchange(ref _drainTicks, value.Ticks);
    }

    /// <summary>Asks the command to end.</summary>
    public void Ask()
    {
        _asked.Set(); // first: those who are told by the token may do their work on this thread
        _stop.Cancel();
    }

    /// <summary>The command has ended.</summary>
    public void Dispose()
    {
        _ended.Set();
        _asked.Set();
        foreach (PosixSignalRegistration signal in _signals) signal.Dispose();
    }

    /// <summary>Waits until nobody counts the time any more.</summary>
    internal bool HasEnded(TimeSpan limit) => _watch.Join(limit);

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        Ask();
    }

    private void Watch()
    {
        _asked.Wait();
        TimeSpan limit = DrainTime + _margin;
        if (!_ended.Wait(limit)) _giveUp(limit);
    }

    // The run time's own end waits for locks, too.
    private static void EndProcess(TimeSpan limit)
    {
        Thread exit = new(() =>
        {
            Console.Error.WriteLine(FormattableString.Invariant(
                $"streamsched: it was asked to end and had not ended after {limit.TotalSeconds:0.#} s, so it ends without waiting any longer"));
            Environment.Exit(ExitCodes.Failure);
        })
        { IsBackground = true, Name = "exit" };
        exit.Start();
        exit.Join(ExitLimit);
        Process.GetCurrentProcess().Kill();
    }
}
