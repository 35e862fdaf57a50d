using StreamSched.Commands;

namespace StreamSched.Tests.Commands;

/// <summary>What a shell passes by <c>&lt;(command)</c> is a pipe: it can be read once.</summary>
public sealed class ReadOnceTests : IDisposable
{
    private const string Login =
        "topics check --kafka security-protocol=SaslPlaintext --kafka sasl-mechanism=Plain --kafka sasl-username=u --kafka sasl-password-file=";
    private readonly HostileFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(Login, "secret\n")]
    [InlineData("scheduler --settings=", "{}")]
    [InlineData("scheduler --policy=", null)]
    public async Task C5_A_file_that_can_be_read_once_is_read_once(string command, string? content)
    {
        Assert.SkipUnless(_folder.HasPipe, "this system makes no named pipes");
        string pipe = _folder.NewPipe();
        string text = content ?? await File.ReadAllTextAsync(Checkout.Path("models", "policies", "price.json"));
        Task writing = Task.Run(() => File.WriteAllText(pipe, text));
        using StringWriter output = new(), error = new();
        string[] arguments = [.. (command + pipe).Split(' '), "--bootstrap", "127.0.0.1:1", "--kafka", "connect-timeout=1s"];
        int code = await CommandLine.RunAsync(arguments, output, error, CancellationToken.None);
        Assert.True(code == 1, error.ToString());
        Assert.Contains("no Kafka broker answers", error.ToString(), StringComparison.Ordinal);
        await writing.WaitAsync(TimeSpan.FromSeconds(10));
    }
}
