namespace StreamSched.Hosting;

/// <summary>One line on standard error that tells how something goes on: rewritten on a terminal; elsewhere said again now and then if it has changed. Gone
/// at the end.</summary>
/// <param name="error">Standard error.</param>
/// <param name="terminal">Whether that is a terminal.</param>
/// <param name="time">Clock.</param>
internal sealed class ProgressLine(TextWriter error, bool terminal, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan TerminalPeriod = TimeSpan.FromMilliseconds(100), LongestFilePeriod = TimeSpan.FromMinutes(5);
    private readonly long _began = time.GetTimestamp();
    private TimeSpan _filePeriod = TimeSpan.FromSeconds(5);
    private string? _text;
    private long _last;
    private bool _shown;

    /// <summary>Shows a text, unless another was shown a moment ago. Nothing is shown of what takes less than a second.</summary>
    /// <param name="text">One line.</param>
    public void Say(string text)
    {
        if (time.GetElapsedTime(_began) < TimeSpan.FromSeconds(1) || (_shown && time.GetElapsedTime(_last) < (terminal ? TerminalPeriod : _filePeriod))) return;
        _last = time.GetTimestamp();
        _shown = true;
        text = Printable.Line(text);
        try
        {
            if (terminal) error.Write("\r" + text + "\e[K");
            else WriteLine(text);
            error.Flush();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Closed or full: the work goes on.
        }
    }

    // A file keeps every line: what has not changed is not said again, and what goes on for hours less and less often.
    private void WriteLine(string text)
    {
        if (text == _text) return;
        _text = text;
        error.WriteLine(text);
        _filePeriod = _filePeriod * 1.5 < LongestFilePeriod ? _filePeriod * 1.5 : LongestFilePeriod;
    }

    /// <summary>Clears the line.</summary>
    public void Dispose()
    {
        if (_shown && terminal) error.Write("\r\e[K");
    }
}
