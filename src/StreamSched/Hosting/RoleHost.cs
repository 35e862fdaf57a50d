using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using StreamSched.Kafka.Settings;

namespace StreamSched.Hosting;

/// <summary>
/// Runs a role on the .NET generic host. Every role gets from it what an operator expects: the log by categories, health checks under
/// <c>/health/live</c> and <c>/health/ready</c> (200 or 503), export to OpenTelemetry, and an orderly end.
/// </summary>
internal static class RoleHost
{
    private const string PlainText = "text/plain; charset=utf-8";

    /// <summary>Runs a role until it ends or the command is asked to end.</summary>
    /// <typeparam name="TRole">The role; its constructor gets <paramref name="kafka"/>, <paramref name="settings"/>, loggers and clock.</typeparam>
    /// <param name="context">The command.</param>
    /// <param name="name">What the role is called: the end of its service's name.</param>
    /// <param name="kafka">The installation.</param>
    /// <param name="settings">The role's settings.</param>
    /// <param name="healthPort">The port of the health checks; 0: none is opened.</param>
    /// <exception cref="UsageException">The port cannot be opened.</exception>
    public static async Task<int> Run<TRole>(CommandContext context, string name, KafkaSettings kafka, object settings, int healthPort)
        where TRole : class, IRole
    {
        IHost host = healthPort == 0 ? BuildWithoutPort() : BuildWithPort(healthPort, Configure);
        await using ConfiguredAsyncDisposable end = ((IAsyncDisposable)host).ConfigureAwait(false);
        try
        {
            await host.StartAsync(context.Stop).ConfigureAwait(false);
        }
        catch (Exception exception) when (healthPort != 0 && exception is IOException or SocketException) // taken, or not for this user
        {
            throw new UsageException(
                $"port {healthPort} cannot be opened for health checks ({exception.Message.TrimEnd('.')}): give another --health-port, or 0 for none");
        }

        try
        {
            await host.WaitForShutdownAsync(context.Stop).ConfigureAwait(false);
        }
        finally
        {
            await host.Services.GetRequiredService<RoleService<TRole>>().Ended.ConfigureAwait(false); // what ended the role comes before what its host says
        }

        return ExitCodes.Ok;

        IHost BuildWithoutPort()
        {
            HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(
                new HostApplicationBuilderSettings { ContentRootPath = AppContext.BaseDirectory });
            Configure(builder);
            return builder.Build();
        }

        void Configure(IHostApplicationBuilder builder)
        {
            builder.Services.AddSingleton(context.Loggers);
            builder.Services.AddSingleton(context.Time);
            builder.Services.AddSingleton(kafka);
            builder.Services.AddSingleton(settings.GetType(), settings);
            builder.Services.AddSingleton<TRole>();
            builder.Services.AddSingleton<RoleService<TRole>>();
            builder.Services.AddHostedService(services => services.GetRequiredService<RoleService<TRole>>());
            builder.Services.AddHealthChecks().AddCheck<RoleService<TRole>>(name);
            builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
            builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = Timeout.InfiniteTimeSpan);
            context.ExportTelemetry(builder, name);
        }
    }

    /// <summary>A host that answers health checks.</summary>
    /// <param name="port">The port.</param>
    /// <param name="configure">Adds services.</param>
    /// <remarks>
    /// It is made from nothing: the other builders read appsettings.json, user secrets and Kestrel's section of the working directory, watch it as a whole,
    /// and open the ports that ASPNETCORE_ variables name (images of .NET set one).
    /// </remarks>
    private static WebApplication BuildWithPort(int port, Action<IHostApplicationBuilder> configure)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.ListenAnyIP(port));
        builder.Services.AddRoutingCore();
        configure(builder);
        WebApplication application = builder.Build();
        application.MapHealthChecks(
            "/health/live", new HealthCheckOptions { Predicate = static _ => false, ResponseWriter = static (context, _) => Answer(context, "live") });
        application.MapHealthChecks(
            "/health/ready", new HealthCheckOptions { ResponseWriter = static (context, report) => Answer(context, Reason(report) ?? "ready") });
        return application;
    }

    private static string? Reason(HealthReport report) => report.Entries.Values.Select(entry => entry.Description).FirstOrDefault(reason => reason is not null);

    private static Task Answer(HttpContext context, string text)
    {
        context.Response.ContentType = PlainText;
        return context.Response.WriteAsync(text, context.RequestAborted);
    }

    // Signals are the command's: Termination listens to them.
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
