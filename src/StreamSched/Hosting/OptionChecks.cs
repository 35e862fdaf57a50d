using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text;
using StreamSched.Kafka.Settings;
using StreamSched.Onnx.Processors;

namespace StreamSched.Hosting;

/// <summary>What the texts of options and arguments must be, checked where they are parsed: every wrong one of a command line is told at once, before
/// anything is begun.</summary>
internal static class OptionChecks
{
    private const int MostNameBytes = 128; // as the schemas say

    /// <summary>Requires that each value can be read.</summary>
    /// <typeparam name="T">A text, or several.</typeparam>
    /// <param name="option">The option.</param>
    /// <param name="read">Reads one value, given the option's name for messages; throws <see cref="UsageException"/> where it cannot be read.</param>
    public static Option<T> Checked<T>(this Option<T> option, Action<string, string> read)
    {
        option.Validators.Add(result => Check(result, result.Tokens, option.Name, read));
        return option;
    }

    /// <inheritdoc cref="Checked{T}(Option{T}, Action{string, string})"/>
    /// <param name="argument">The argument.</param>
    /// <param name="read">Reads one value, given the argument's name for messages.</param>
    public static Argument<T> Checked<T>(this Argument<T> argument, Action<string, string> read)
    {
        argument.Validators.Add(result => Check(result, result.Tokens, argument.Name, read));
        return argument;
    }

    /// <summary>Requires names as records carry them: 1 to 128 bytes, on one line.</summary>
    /// <typeparam name="T">A text, or several.</typeparam>
    /// <param name="option">The option.</param>
    /// <param name="mayBeEmpty">Whether an empty one says that there is none.</param>
    public static Option<T> OfNames<T>(this Option<T> option, bool mayBeEmpty = false) => option.Checked((text, name) => Name(text, name, mayBeEmpty));

    /// <summary>Requires any text but none.</summary>
    /// <typeparam name="T">A text, or several.</typeparam>
    /// <param name="option">The option.</param>
    public static Option<T> NotEmpty<T>(this Option<T> option) => option.Checked((text, name) =>
    {
        if (text.Length == 0) throw new UsageException($"{name}: may not be empty");
    });

    /// <summary>Requires a duration.</summary>
    /// <typeparam name="T">A text, or several.</typeparam>
    /// <param name="option">The option.</param>
    /// <param name="least">The least that is accepted.</param>
    /// <param name="most">The most that is accepted.</param>
    public static Option<T> OfDurations<T>(this Option<T> option, TimeSpan least, TimeSpan most) => option.Checked((text, name) =>
    {
        if (Duration.Parse(text, name) is var time && (time < least || time > most))
            throw new UsageException(FormattableString.Invariant($"{name}: '{text}' is not within {least.TotalSeconds} s and {most.TotalSeconds} s"));
    });

    /// <summary>Requires one of a few words.</summary>
    /// <typeparam name="T">A text, or several.</typeparam>
    /// <param name="option">The option.</param>
    /// <param name="known">The words.</param>
    public static Option<T> OneOf<T>(this Option<T> option, params IReadOnlyList<string> known) => option.Checked((text, name) =>
    {
        if (!known.Contains(text)) throw new UsageException($"{name}: there is no '{text}'; there are {string.Join(", ", known)}");
    });

    /// <summary>Requires execution providers that are installed.</summary>
    /// <typeparam name="T">A text.</typeparam>
    /// <param name="option">The option.</param>
    public static Option<T> OfProviders<T>(this Option<T> option) => option.Checked((text, name) =>
    {
        if (!ExecutionProviders.IsInstalled(text))
            throw new UsageException($"{name}: '{text}' is not installed; here are: {string.Join(", ", ExecutionProviders.Installed)}");
    });

    /// <summary>Requires a folder in which every <c>*.avsc</c> is a schema.</summary>
    /// <typeparam name="T">A path.</typeparam>
    /// <param name="option">The option.</param>
    public static Option<T> OfSchemas<T>(this Option<T> option) => option.Checked((folder, name) =>
    {
        if (!Directory.Exists(folder))
            throw new UsageException($"{name}: {(File.Exists(folder) ? $"'{folder}' is a file" : $"there is no folder '{folder}'")}");
        try
        {
            ForeignSchemas.Of(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new UsageException($"{name}: {exception.Message}");
        }
    });

    /// <summary>Reads a value with what becomes of it, once: for what is large, and for files that can be read once only.</summary>
    /// <typeparam name="T">What is read.</typeparam>
    /// <param name="option">The option.</param>
    /// <param name="read">Reads the value, given the option's name for messages; throws <see cref="UsageException"/> where it cannot be read.</param>
    public static Option<T> ReadAs<T>(this Option<T> option, Func<string, string, T> read)
        where T : class
    {
        option.Arity = ArgumentArity.ExactlyOne;
        option.CustomParser = result => Read(result, option.Name, read);
        return option;
    }

    /// <inheritdoc cref="ReadAs{T}(Option{T}, Func{string, string, T})"/>
    /// <param name="argument">The argument.</param>
    /// <param name="read">Reads the value, given the argument's name for messages.</param>
    public static Argument<T> ReadAs<T>(this Argument<T> argument, Func<string, string, T> read)
        where T : class
    {
        argument.Arity = ArgumentArity.ExactlyOne;
        argument.CustomParser = result => Read(result, argument.Name, read);
        return argument;
    }

    private static T Read<T>(ArgumentResult result, string name, Func<string, string, T> read)
        where T : class
    {
        T? value = null;
        Check(result, result.Tokens, name, (text, place) => value = read(text, place));
        return value!;
    }

    private static void Name(string text, string name, bool mayBeEmpty)
    {
        if (text.Length == 0 && !mayBeEmpty) throw new UsageException($"{name}: may not be empty");
        if (Encoding.UTF8.GetByteCount(text) > MostNameBytes) throw new UsageException($"{name}: '{text}' is longer than {MostNameBytes} bytes");
        if (text.Any(char.IsControl)) throw new UsageException($"{name}: '{text}' holds control characters");
    }

    private static void Check(SymbolResult result, IEnumerable<Token> tokens, string name, Action<string, string> read)
    {
        foreach (Token token in tokens)
        {
            try
            {
                read(token.Value, name);
            }
            catch (UsageException exception)
            {
                foreach (string fault in exception.Faults) result.AddError(fault);
            }
        }
    }
}
