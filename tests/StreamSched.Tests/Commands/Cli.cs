using StreamSched.Commands;

namespace StreamSched.Tests.Commands;

/// <summary>Runs commands in this process.</summary>
internal static class Cli
{
    /// <summary>Runs one command line.</summary>
    public static Task<(int Code, string Out, string Error)> RunAsync(params string[] arguments) => RunAsync(TestContext.Current.CancellationToken, arguments);

    /// <summary>Runs one command line that is told to end.</summary>
    public static async Task<(int Code, string Out, string Error)> RunAsync(CancellationToken stop, params string[] arguments)
    {
        StringWriter output = new(), error = new();
        int code = await CommandLine.RunAsync(arguments, output, error, stop);
        return (code, output.ToString(), error.ToString());
    }
}
