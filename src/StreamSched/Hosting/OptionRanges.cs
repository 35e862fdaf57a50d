using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace StreamSched.Hosting;

/// <summary>What the numbers of options lie within, checked where they are parsed: every wrong option of a command line is told at once, before anything is
/// begun.</summary>
internal static class OptionRanges
{
    /// <summary>Requires a number within bounds.</summary>
    /// <typeparam name="T">Kind of number.</typeparam>
    /// <param name="option">The option.</param>
    /// <param name="least">The least that is accepted.</param>
    /// <param name="most">The most that is accepted.</param>
    public static Option<T> Within<T>(this Option<T> option, T least, T most)
        where T : struct, INumber<T>
    {
        option.CustomParser = result => Parse(result, option.Name, 0, least, most);
        return option;
    }

    /// <inheritdoc cref="Within{T}(Option{T}, T, T)"/>
    public static Option<T?> Within<T>(this Option<T?> option, T least, T most)
        where T : struct, INumber<T>
    {
        option.CustomParser = result => Parse(result, option.Name, 0, least, most);
        return option;
    }

    /// <inheritdoc cref="Within{T}(Option{T}, T, T)"/>
    public static Option<T[]> Within<T>(this Option<T[]> option, T least, T most)
        where T : struct, INumber<T>
    {
        option.CustomParser = result => [.. Enumerable.Range(0, result.Tokens.Count).Select(i => Parse(result, option.Name, i, least, most))];
        return option;
    }

    /// <summary>Requires numbers within bounds.</summary>
    /// <typeparam name="T">Kind of number.</typeparam>
    /// <param name="argument">The argument.</param>
    /// <param name="least">The least that is accepted.</param>
    /// <param name="most">The most that is accepted.</param>
    public static Argument<T[]> Within<T>(this Argument<T[]> argument, T least, T most)
        where T : struct, INumber<T>
    {
        argument.CustomParser = result => [.. Enumerable.Range(0, result.Tokens.Count).Select(i => Parse(result, argument.Name, i, least, most))];
        return argument;
    }

    private static T Parse<T>(ArgumentResult result, string name, int token, T least, T most)
        where T : struct, INumber<T>
    {
        bool whole = T.One / (T.One + T.One) == T.Zero;
        string text = result.Tokens[token].Value;
        if (T.TryParse(text, whole ? NumberStyles.AllowLeadingSign : NumberStyles.Float, CultureInfo.InvariantCulture, out T value) && value >= least
            && value <= most)
            return value;
        result.AddError(string.Create(
            CultureInfo.InvariantCulture, $"{name}: '{text}' is not a {(whole ? "whole number" : "number")} within {least} and {most}"));
        return default;
    }
}
