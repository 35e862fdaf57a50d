using System.Text;

namespace StreamSched.Hosting;

/// <summary>Standard output or standard error as commands see it: lines are theirs, everything else that a terminal would act on is escaped (<see cref="Printable"/>).</summary>
/// <param name="inner">Where it goes.</param>
internal sealed class PlainWriter(TextWriter inner) : TextWriter
{
    /// <summary>Where it goes, for what makes its own control sequences: tables and the live view.</summary>
    public TextWriter Inner => inner;

    /// <inheritdoc/>
    public override Encoding Encoding => inner.Encoding;

    /// <inheritdoc/>
    public override void Write(char value)
    {
        // Half of a pair comes with its other half in the next call.
        if (char.IsSurrogate(value) || value == '\r') inner.Write(value == '\r' ? "\\u000d" : value.ToString());
        else inner.Write(Printable.Lines(value.ToString()));
    }

    /// <inheritdoc/>
    public override void Write(string? value)
    {
        if (value is not null) inner.Write(Printable.Lines(value));
    }

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<char> buffer) => Write(new string(buffer));

    /// <inheritdoc/>
    public override void WriteLine() => inner.WriteLine();

    /// <inheritdoc/>
    public override void WriteLine(string? value) => inner.WriteLine(value is null ? null : Printable.Lines(value));

    /// <inheritdoc/>
    public override void Flush() => inner.Flush();
}
