using StreamSched.Commands;

namespace StreamSched.Tests.Commands;

/// <summary>Runs commands in this process.</summary>
internal static class Cli
{
    /// <summary>Runs one command line.</summary>
    public static async Task<(int Code, string Out, string Error)> RunAsync(params string[] arguments)
    {
        StringWriter output = new(), error = new();
        int code = await CommandLine.RunAsync(arguments, output, error, TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }
}
