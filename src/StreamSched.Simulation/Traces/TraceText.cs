using System.Globalization;

namespace StreamSched.Simulation.Traces;

/// <summary>Numbers from the lines of a text file.</summary>
internal static class TraceText
{
    public static bool TryNumber(ReadOnlySpan<char> text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);
}
