using System.CommandLine;
using System.Net;
using StreamSched.Commands;
using StreamSched.Hosting;
using StreamSched.IntegrationTests.Commands;
using StreamSched.IntegrationTests.Telemetry;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Kafka.Embedded;
using StreamSched.Kafka.Settings;

namespace StreamSched.IntegrationTests.Hosting;

/// <summary>What every role gets from its host.</summary>
public sealed class RoleHostTests : IDisposable
{
    private static readonly HttpClient Web = new();
    private readonly EmbeddedCluster _cluster = new(1);
    private readonly CancellationTokenSource _stop = new();
    private readonly FakeSettings _settings = new();
    private readonly StringWriter _error = new();
    private readonly int _port = RunningProgram.FreePorts(1)[0];

    [Fact]
    public async Task A_role_is_ready_when_it_says_so_and_the_answer_says_why_it_is_not()
    {
        Task<int> running = Run();
        await Installation.Until(() => _settings.Role is not null);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "models are measured"), await Ask("ready"));
        Assert.Equal((HttpStatusCode.OK, "live"), await Ask("live"));
        _settings.Reason = null;
        Assert.Equal((HttpStatusCode.OK, "ready"), await Ask("ready"));
        _settings.Drain.SetResult();
        await _stop.CancelAsync();
        Assert.Equal(0, await running);
        Assert.True(_settings.IsDisposed);
        Assert.Equal("", _error.ToString());
    }

    [Fact]
    public async Task Health_checks_answer_while_a_role_drains()
    {
        Task<int> running = Run();
        await Installation.Until(() => _settings.Role is not null);
        await _stop.CancelAsync();
        await Installation.Until(() => _settings.IsDraining);
        Assert.Equal((HttpStatusCode.OK, "live"), await Ask("live"));
        Assert.False(running.IsCompleted);
        _settings.Drain.SetResult();
        Assert.Equal(0, await running);
        await Assert.ThrowsAsync<HttpRequestException>(() => Ask("live"));
    }

    [Fact]
    public async Task What_ends_a_role_ends_the_command_with_its_message()
    {
        _settings.Failure = new KafkaFailureException(KafkaFailureKind.Fenced, "another process has taken the id");
        Assert.Equal(1, await Run());
        Assert.Equal("streamsched: another process has taken the id", _error.ToString().Trim());
        Assert.True(_settings.IsDisposed);
    }

    [Fact]
    public async Task A_role_that_ends_by_itself_ends_the_command()
    {
        _settings.EndsByItself = true;
        Assert.Equal(0, await Run());
    }

    public void Dispose()
    {
        _cluster.Dispose();
        _stop.Dispose();
        _error.Dispose();
    }

    private static async Task<(HttpStatusCode Code, string Text)> Ask(string port, string what)
    {
        using HttpResponseMessage answer = await Web.GetAsync(new Uri($"http://127.0.0.1:{port}/health/{what}"));
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private Task<(HttpStatusCode Code, string Text)> Ask(string what) => Ask($"{_port}", what);

    private Task<int> Run() => CommandLine.RunAsync(
        () => new RootCommand
        {
            CommandContext.Handle(
                CommandContext.WithKafka(new Command("fake")), context => RoleHost.Run<FakeRole>(context, "fake", context.Kafka(), _settings, _port)),
        },
        ["fake", "--bootstrap", _cluster.BootstrapServers, "--log-level", "Error"], TextWriter.Null, _error, _stop.Token);

    private sealed class FakeSettings
    {
        public FakeRole? Role { get; set; }

        public string? Reason { get; set; } = "models are measured";

        public Exception? Failure { get; set; }

        public bool EndsByItself { get; set; }

        public bool IsDraining { get; set; }

        public bool IsDisposed { get; set; }

        public TaskCompletionSource Drain { get; } = new();
    }

    private sealed class FakeRole(KafkaSettings kafka, FakeSettings settings) : IRole, IAsyncDisposable
    {
        public string? NotReady => settings.Reason;

        public async Task Run(CancellationToken stop)
        {
            Assert.NotEmpty(kafka.BootstrapServers);
            settings.Role = this;
            if (settings.Failure is { } failure) throw failure;
            if (settings.EndsByItself) return;
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            settings.IsDraining = true;
            await settings.Drain.Task;
        }

        public ValueTask DisposeAsync()
        {
            settings.IsDisposed = true;
            return ValueTask.CompletedTask;
        }
    }
}
