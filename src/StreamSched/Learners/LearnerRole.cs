using Microsoft.Extensions.Logging;
using StreamSched.Avro;
using StreamSched.Hosting;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Kafka.Producing;
using StreamSched.Kafka.Settings;
using StreamSched.Learning.Joins;
using StreamSched.Learning.Online;

namespace StreamSched.Learners;

/// <summary>
/// The learner on Kafka. There is one per installation: of two the one that started later goes on, and the other ends. All of it happens on the thread that
/// calls <see cref="Run"/>.
/// </summary>
internal sealed class LearnerRole : IRole, IDisposable
{
    /// <summary>Name of its group, and of its transactions.</summary>
    public const string Name = "learner";

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100), LongestPause = TimeSpan.FromSeconds(5);
    private readonly KafkaSettings _kafka;
    private readonly LearnerRoleSettings _settings;
    private readonly ILogger _logger;
    private readonly ILoggerFactory _loggers;
    private readonly TimeProvider _time;
    private readonly MessageDecoder _decoder;
    private readonly LearnerInstruments _instruments;
    private LearnerSession? _session;

    /// <summary>Makes a learner; it connects in <see cref="Run"/>.</summary>
    /// <param name="kafka">The installation.</param>
    /// <param name="settings">How it works.</param>
    /// <param name="loggers">For what an operator should know.</param>
    /// <param name="time">Clock.</param>
    public LearnerRole(KafkaSettings kafka, LearnerRoleSettings settings, ILoggerFactory loggers, TimeProvider time)
    {
        (_kafka, _settings, _loggers, _logger, _time) = (kafka, settings, loggers, loggers.CreateLogger<LearnerRole>(), time);
        _decoder = new MessageDecoder(ForeignSchemas.Of(settings.SchemaFolder));
        _instruments = new LearnerInstruments(settings.Id, () => Volatile.Read(ref _session) is null ? null : this);
    }

    /// <inheritdoc/>
    public string? NotReady => Volatile.Read(ref _session) is null ? "starting" : null;

    /// <summary>Is called after each turn on the role's thread, where something learns.</summary>
    public Action<LiveLearner>? AfterTurn { get; init; }

    /// <summary>What is learned; null: it does not join at the moment.</summary>
    internal PolicyLearning? Learning => Volatile.Read(ref _session)?.Learning;

    /// <summary>Requests that wait for a decision or a result.</summary>
    public int OpenCount => Volatile.Read(ref _session)?.Partitions.Sum(p => p.Join.OpenCount) ?? 0;

    /// <summary>A count over all partitions, since the session began.</summary>
    /// <param name="count">Which.</param>
    public long Sum(Func<JoinCounters, long> count) => Volatile.Read(ref _session)?.Partitions.Sum(p => count(p.Join.Counters)) ?? 0;

    /// <summary>Joins until told to stop.</summary>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="KafkaFailureException">Kafka cannot be used (any more), or another learner has taken over.</exception>
    public void Run(CancellationToken stop)
    {
        TimeSpan pause = FirstPause;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using LearnerSession session = new(_kafka, _settings, _decoder, _instruments, _loggers, _time, stop)
                {
                    AfterTurn = AfterTurn,
                };
                Volatile.Write(ref _session, session);
                pause = FirstPause;
                session.Run(stop);
                LearnerLog.Ended(_logger, _settings.Id, Sum(c => c.Joined), Sum(c => c.Defaulted), Sum(c => c.Revised));
                continue;
            }
            catch (Exception exception) when (exception is TransactionLostException or KafkaFailureException { IsTransient: true })
            {
                LearnerLog.TransactionLost(_logger, exception.Message);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            finally
            {
                Volatile.Write(ref _session, null);
            }

            stop.WaitHandle.WaitOne(pause);
            pause = pause < LongestPause / 2 ? 2 * pause : LongestPause;
        }
    }

    /// <inheritdoc/>
    Task IRole.Run(CancellationToken stop)
    {
        Run(stop);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose() => _instruments.Dispose();
}
