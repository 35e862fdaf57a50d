using System.Text.Json;

namespace StreamSched.IntegrationTests.Commands;

/// <summary>What <c>streamsched status</c> says, as text and as JSON, which must agree.</summary>
internal sealed record StatusReport(
    int ExitCode, string Text, IReadOnlyList<string> Alarms, IReadOnlyList<(string Owner, string Code, string Subject, string Text)> Conditions)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Runs a command line.</summary>
    public delegate Task<Cli> Runner(params string[] arguments);

    /// <summary>Asks once.</summary>
    public static Task<StatusReport> AskAsync(TestBroker broker) => AskAsync(On(broker));

    private static async Task<StatusReport> AskAsync(Runner run)
    {
        // What changes between the two calls is asked for once more.
        for (int left = 20; ; left--)
        {
            Cli text = await run("status"), json = await run("status", "--json");
            Assert.InRange(json.ExitCode, 0, 1);
            Assert.DoesNotContain("   at ", text.Error + json.Error, StringComparison.Ordinal);
            if (json.Output.Length == 0) return new StatusReport(json.ExitCode, text.Output + text.Error, [json.Error], []);
            string[] alarms = [.. json.Json.GetProperty("alarms").EnumerateArray().Select(alarm => alarm.GetString()!)];
            if (left > 0 && (text.ExitCode != json.ExitCode || alarms.Any(alarm => !IsIn(text.Output, alarm)))) continue;
            Assert.Equal(json.ExitCode, text.ExitCode);
            Assert.Equal(alarms.Length == 0 ? 0 : 1, json.ExitCode);
            Assert.All(alarms, alarm => Assert.True(IsIn(text.Output, alarm), $"'{alarm}' is not in\n{text.Output}"));
            return new StatusReport(json.ExitCode, text.Output, alarms,
                [.. Of(json.Json, "schedulers"), .. Of(json.Json, "workers"), .. Of(json.Json, "unregistered")]);
        }
    }

    /// <summary>Asks until a condition is told, which makes the exit code 1.</summary>
    public static Task<StatusReport> UntilToldAsync(TestBroker broker, string code, string inText) => UntilToldAsync(On(broker), code, inText);

    /// <summary>The same by a runner, who knows how to reach the brokers.</summary>
    public static async Task<StatusReport> UntilToldAsync(Runner run, string code, string inText)
    {
        StatusReport report = await UntilAsync(run,
            status => status.Conditions.Any(c => c.Code == code && c.Text.Contains(inText, StringComparison.Ordinal)), $"{code} with '{inText}'");
        Assert.Equal(1, report.ExitCode);
        Assert.Contains(report.Alarms, alarm => alarm.Contains(inText, StringComparison.Ordinal));
        return report;
    }

    /// <summary>Asks until nothing needs an operator any more.</summary>
    public static Task<StatusReport> UntilFineAsync(TestBroker broker) => UntilFineAsync(On(broker));

    /// <summary>The same by a runner.</summary>
    public static Task<StatusReport> UntilFineAsync(Runner run) =>
        UntilAsync(run, status => status.ExitCode == 0 && status.Conditions.Count == 0, "a status without alarms");

    private static Runner On(TestBroker broker) => arguments => Cli.RunAsync(broker, arguments);

    private static async Task<StatusReport> UntilAsync(Runner run, Func<StatusReport, bool> holds, string what)
    {
        for (long began = TimeProvider.System.GetTimestamp(); ;)
        {
            StatusReport report = await AskAsync(run);
            if (holds(report)) return report;
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Limit,
                $"{what} is not told within {Limit.TotalSeconds} s, but\n{string.Join('\n', report.Alarms)}\n{report.Text}");
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
        }
    }

    private static IEnumerable<(string, string, string, string)> Of(JsonElement json, string owners) =>
        from owner in json.GetProperty(owners).EnumerateArray()
        from condition in owner.GetProperty("conditions").EnumerateArray()
        select (owner.GetProperty("id").GetString()!, condition.GetProperty("code").GetString()!, condition.GetProperty("subject").GetString()!,
            condition.GetProperty("text").GetString()!);

    // Lines may be broken to the terminal's width.
    private static bool IsIn(string text, string alarm) => Words(text).Contains(Words(alarm), StringComparison.Ordinal);

    private static string Words(string text) => string.Join(' ', text.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries));
}
