namespace StreamSched.Hosting;

/// <summary>One line on standard error that tells how something goes on: rewritten on a terminal, elsewhere repeated every few seconds. Gone at the end.</summary>
/// <param name="error">Standard error.</param>
/// <param name="terminal">Whether that is a terminal.</param>
/// <param name="time">Clock.</param>
internal sealed class ProgressLine(TextWriter error, bool terminal, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan TerminalPeriod = TimeSpan.FromMilliseconds(100), FilePeriod = TimeSpan.FromSeconds(5);
    private readonly long _began = time.GetTimestamp();
    private long _last;
    private bool _shown;

    /// <summary>Shows a text, unless another was shown a moment ago. Nothing is shown of what takes less than a second.</summary>
    /// <param name="text">One line.</param>
    public void Say(string text)
    {
        if (time.GetElapsedTime(_began) < TimeSpan.FromSeconds(1) || (_shown && time.GetElapsedTime(_last) < (terminal ? TerminalPeriod : FilePeriod))) return;
        _last = time.GetTimestamp();
        _shown = true;
        if (terminal) error.Write("\r" + text + "\e[K");
        else error.WriteLine(text);
        error.Flush();
    }

    /// <summary>Clears the line.</summary>
    public void Dispose()
    {
        if (_shown && terminal) error.Write("\r\e[K");
    }
}
