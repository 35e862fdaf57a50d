using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

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
        WebApplication application = Build(port);
        application.MapGet("/health/live", () => Results.Text("live"));
        application.MapGet("/health/ready", () => notReady() is { } why ? Results.Text(why, statusCode: StatusCodes.Status503ServiceUnavailable) : Results.Text("ready"));
        try
        {
            await application.StartAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or System.Net.Sockets.SocketException) // taken, or not for this user
        {
            await application.DisposeAsync().ConfigureAwait(false);
            throw new UsageException($"port {port} cannot be opened for health checks ({exception.Message.TrimEnd('.')}): give another --health-port, or 0 for none");
        }

        return new HealthServer(application);
    }

    // From nothing: the other builders read appsettings.json, user secrets and Kestrel's section of the working directory, watch it as a whole, and open
    // the ports that ASPNETCORE_ variables name (images of .NET set one).
    internal static WebApplication Build(int port)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.ListenAnyIP(port));
        builder.Services.AddRoutingCore();
        return builder.Build();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync().ConfigureAwait(false);
        await _application.DisposeAsync().ConfigureAwait(false);
    }
}
