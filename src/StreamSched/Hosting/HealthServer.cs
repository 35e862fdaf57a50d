using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace StreamSched.Hosting;

/// <summary>Answers <c>/health/live</c> and <c>/health/ready</c>: 200 or 503.</summary>
internal sealed class HealthServer : IAsyncDisposable
{
    private readonly WebApplication _application;

    private HealthServer(WebApplication application) => _application = application;

    /// <summary>Begins to answer.</summary>
    /// <param name="port">The port; 0: none is opened.</param>
    /// <param name="notReady">Why the process does not do its work; null: it does.</param>
    /// <exception cref="UsageException">The port is taken.</exception>
    public static async Task<HealthServer?> Start(int port, Func<string?> notReady)
    {
        if (port == 0) return null;
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenAnyIP(port));
        WebApplication application = builder.Build();
        application.MapGet("/health/live", () => Results.Text("live"));
        application.MapGet("/health/ready", () => notReady() is { } why ? Results.Text(why, statusCode: StatusCodes.Status503ServiceUnavailable) : Results.Text("ready"));
        try
        {
            await application.StartAsync().ConfigureAwait(false);
        }
        catch (IOException exception)
        {
            await application.DisposeAsync().ConfigureAwait(false);
            throw new UsageException($"port {port} cannot be opened for health checks ({exception.Message.TrimEnd('.')}): give another --health-port, or 0 for none");
        }

        return new HealthServer(application);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync().ConfigureAwait(false);
        await _application.DisposeAsync().ConfigureAwait(false);
    }
}
