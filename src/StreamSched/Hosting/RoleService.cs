using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StreamSched.Kafka.Settings;

namespace StreamSched.Hosting;

/// <summary>
/// A role as a service of the host. The role is made once a broker answers, and the host ends when the role does. It starts after all other services, so
/// that health checks answer meanwhile, and ends before them.
/// </summary>
/// <typeparam name="TRole">The role.</typeparam>
/// <param name="services">Makes the role.</param>
/// <param name="kafka">The installation that it belongs to.</param>
/// <param name="loggers">For the wait until a broker answers.</param>
/// <param name="time">Clock.</param>
/// <param name="lifetime">Stops the role, and is told when the role has ended.</param>
internal sealed class RoleService<TRole>(
    IServiceProvider services, KafkaSettings kafka, ILoggerFactory loggers, TimeProvider time, IHostApplicationLifetime lifetime)
    : IHostedLifecycleService, IHealthCheck
    where TRole : class, IRole
{
    private TRole? _role;

    /// <summary>Completes when the role has ended, with the exception that ended it if there was one.</summary>
    public Task Ended { get; private set; } = Task.CompletedTask;

    /// <summary>Begins the role on a thread of its own, since roles may block.</summary>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        Ended = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
        return Task.CompletedTask;
    }

    /// <summary>Tells the role to end, and waits for it; <see cref="Termination"/> bounds the time.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        lifetime.StopApplication();
        await Ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Healthy while nothing keeps the role from its work.</summary>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        string? notReady = Volatile.Read(ref _role) is { } role ? role.NotReady : "starting";
        return Task.FromResult(notReady is null ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy(notReady));
    }

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task Run()
    {
        try
        {
            ClusterProbe.Require(kafka, loggers, time, lifetime.ApplicationStopping);
            TRole role = services.GetRequiredService<TRole>();
            Volatile.Write(ref _role, role);
            await role.Run(lifetime.ApplicationStopping).ConfigureAwait(false);
        }
        finally
        {
            lifetime.StopApplication();
        }
    }
}
