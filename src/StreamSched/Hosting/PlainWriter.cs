using System.Text;

namespace StreamSched.Hosting;

/// <summary>Standard output or standard error as commands see it: lines are theirs, everything else that a terminal would act on is escaped (<see
/// cref="Printable"/>).</summary>
/// <param name="inner">Where it goes.</param>
/// <param name="isForMessages">Whether a failure to write is passed over: where standard error is closed or full, nobody can be told, and the work goes
/// on.</param>
internal sealed class PlainWriter(TextWriter inner, bool isForMessages = false) : TextWriter
{
    /// <summary>Where it goes, for what makes its own control sequences: tables and the live view.</summary>
    public TextWriter Inner => inner;

    /// <inheritdoc/>
    public override Encoding Encoding => inner.Encoding;

    /// <inheritdoc/>
    public override void Write(char value)
    {
        // Half of a pair comes with its other half in the next call.
        string text = value == '\r' ? "\\u000d" : char.IsSurrogate(value) ? value.ToString() : Printable.Lines(value.ToString());
        Try(() => inner.Write(text));
    }

    /// <inheritdoc/>
    public override void Write(string? value)
    {
        if (value is not null) Try(() => inner.Write(Printable.Lines(value)));
    }

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<char> buffer) => Write(new string(buffer));

    /// <inheritdoc/>
    public override void WriteLine() => Try(inner.WriteLine);

    /// <inheritdoc/>
    public override void WriteLine(string? value) => Try(() => inner.WriteLine(value is null ? null : Printable.Lines(value)));

    /// <inheritdoc/>
    public override void Flush() => Try(inner.Flush);

    private void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception exception) when (isForMessages && exception is (IOException or UnauthorizedAccessException))
        {
            // As said above.
        }
    }
}
