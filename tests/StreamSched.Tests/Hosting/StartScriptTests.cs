using System.Diagnostics;
using System.Text.RegularExpressions;

namespace StreamSched.Tests.Hosting;

/// <summary>The start script, in a checkout of its own with a stand-in for dotnet that notes each build and makes small programs.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed partial class StartScriptTests : IDisposable
{
    private const string Dotnet = """
        #!/usr/bin/env bash
        case "$1" in
          --version) echo 10.0.100 ;;
          build)
            echo "$2" >> "$ROOT/builds"
            while [ -e "$ROOT/hold" ]; do sleep 0.02; done
            for name in StreamSched/release/streamsched StreamSched.Tests/release/StreamSched.Tests \
                StreamSched.IntegrationTests/release/StreamSched.IntegrationTests; do
              mkdir -p "$ROOT/artifacts/bin/$(dirname "$name")"
              cp "$ROOT/program" "$ROOT/artifacts/bin/$name"
            done ;;
        esac
        """;

    private const string Program = """
        #!/usr/bin/env bash
        name=$(basename "$0")
        [ "$name" = streamsched ] && { echo "ran $*"; exit 0; }
        printf '\033[93m    %s.A.b [SKIP]\n\033[0m      kafka is missing: set KAFKA_HOME\n' "$name"
        printf '\033[93m    %s.A.c [SKIP]\n\033[0m      kafka is missing: set KAFKA_HOME\n' "$name"
        printf '\033[37m   %s  Total: 9, Errors: 0, Failed: 0, Skipped: 2, Not Run: 0, Time: 1.0s\n\033[0m' "$name"
        """;

    private readonly string _root = Directory.CreateTempSubdirectory("start-script-").FullName;

    public StartScriptTests()
    {
        foreach (string folder in (string[])["src", "schemas", "eng", "tests", "models", "path"]) Directory.CreateDirectory(At(folder));
        foreach (string file in (string[])["src/a.cs", "Directory.Build.props", "global.json"]) File.WriteAllText(At(file), "x");
        File.Copy(Checkout.Path("streamsched"), At("streamsched"));
        Write("path/dotnet", Dotnet);
        Write("program", Program);
        const UnixFileMode all = (UnixFileMode)0b111_101_101;
        foreach (string folder in (string[])[_root, At("path")]) File.SetUnixFileMode(folder, all);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void A3_It_builds_when_a_source_is_newer_and_not_for_the_models_of_a_user()
    {
        Assert.Equal((0, "ran demo --x\n"), Run("demo", "--x"));
        File.WriteAllText(At("models/mine.onnx"), "new");
        Run("demo");
        Assert.Single(Builds);
        File.SetLastWriteTimeUtc(At("src/a.cs"), File.GetLastWriteTimeUtc(At("artifacts/.built-app")).AddSeconds(1));
        Run("demo");
        Assert.Equal(2, Builds.Length);
    }

    [Fact]
    public async Task A3_One_builds_at_a_time_and_who_waited_runs_what_was_built()
    {
        File.WriteAllText(At("hold"), "");
        using Process first = Start("one");
        while (!File.Exists(At("builds"))) await Task.Yield();
        using Process second = Start("two");
        Assert.Contains("another build is running", await second.StandardError.ReadLineAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        File.Delete(At("hold"));
        Assert.Equal("ran one\n", await first.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken));
        Assert.Equal("ran two\n", await second.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken));
        Assert.Single(Builds);
    }

    [Fact]
    public void A3_A_checkout_that_cannot_be_written_to_runs_what_is_built_or_says_what_is_missing()
    {
        (int code, string output) = Run(nobody: true, "demo");
        Assert.NotEqual(0, code);
        Assert.Contains("nothing is built yet", output, StringComparison.Ordinal);
        Run("demo");
        File.SetLastWriteTimeUtc(At("src/a.cs"), File.GetLastWriteTimeUtc(At("artifacts/.built-app")).AddSeconds(1));
        (code, output) = Run(nobody: true, "demo");
        Assert.Equal(0, code);
        Assert.EndsWith("ran demo\n", output, StringComparison.Ordinal);
        Assert.Single(Builds);
    }

    [Fact]
    public void A3_What_is_redirected_has_no_colours_and_tests_end_with_one_plain_line()
    {
        (int code, string output) = Run("test");
        Assert.Equal(0, code);
        Assert.DoesNotContain('\u001b', output);
        Assert.EndsWith("\n14 passed, 0 failed, 4 skipped\n", output, StringComparison.Ordinal);
        Assert.Contains("   4 skipped: kafka is missing: set KAFKA_HOME\n", output, StringComparison.Ordinal);
    }

    private string[] Builds => File.ReadAllLines(At("builds"));

    private string At(string path) => Path.Combine(_root, path);

    private void Write(string path, string text)
    {
        File.WriteAllText(At(path), text);
        File.SetUnixFileMode(At(path), (UnixFileMode)0b111_101_101);
    }

    private (int Code, string Output) Run(params string[] arguments) => Run(nobody: false, arguments);

    // Standard error comes first, without the lines that say what a build does.
    private (int Code, string Output) Run(bool nobody, params string[] arguments)
    {
        using Process process = Start(nobody, arguments);
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, Step().Replace(error.Result, "") + output);
    }

    private Process Start(params string[] arguments) => Start(nobody: false, arguments);

    private Process Start(bool nobody, params string[] arguments)
    {
        // Root may write anywhere, so for root the script runs as somebody who may not.
        string[] command = nobody && Environment.UserName == "root"
            ? ["setpriv", "--reuid", "65534", "--clear-groups", At("streamsched"), .. arguments] : [At("streamsched"), .. arguments];
        if (nobody) Lock(true);
        ProcessStartInfo start = new(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PATH"] = At("path") + ":" + Environment.GetEnvironmentVariable("PATH");
        start.Environment["ROOT"] = _root;
        start.Environment.Remove("KAFKA_HOME");
        Process process = Process.Start(start)!;
        if (nobody)
        {
            process.WaitForExit();
            Lock(false);
        }

        return process;
    }

    // Where the tests do not run as root, the folder itself is made read-only for a while.
    private void Lock(bool on)
    {
        if (Environment.UserName == "root") return;
        foreach (string folder in (string[])[_root, At("artifacts")])
            if (Directory.Exists(folder)) File.SetUnixFileMode(folder, (UnixFileMode)(on ? 0b101_101_101 : 0b111_101_101));
    }

    [GeneratedRegex("^.* …\n|^running .*\n|^brokers: .*\n", RegexOptions.Multiline)]
    private static partial Regex Step();
}
