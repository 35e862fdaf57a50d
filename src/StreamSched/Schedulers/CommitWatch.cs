using StreamSched.Kafka.Consuming;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Kafka.Settings;

namespace StreamSched.Schedulers;

/// <summary>
/// Looks once a second at what open requests hold back of the commits: carries it on before it is more than a successor reads again in a moment, and says so
/// where that or an answer does not come back.
/// </summary>
internal sealed class CommitWatch(KafkaSettings kafka, SchedulerRoleSettings settings, Dispatcher dispatcher, Conditions conditions)
{
    private const int MostReadAgain = 4; // times as many records of a partition as may be open are read again by a successor
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1), BehindAfter = TimeSpan.FromSeconds(10);
    private readonly Dictionary<int, (long Oldest, long At)> _behind = [];
    private long _next;

    /// <summary>Looks, if it is time to. To be called often.</summary>
    /// <param name="group">Reads the requests.</param>
    /// <param name="partitions">Those that are held.</param>
    /// <param name="now">µs since 1970.</param>
    public void Look(GroupConsumer group, List<int> partitions, long now)
    {
        if (now < _next) return;
        _next = now + (long)Period.TotalMicroseconds;
        foreach (int partition in partitions)
        {
            LookAtCommit(group, partition, now);
            LookAtResults(partition);
        }
    }

    /// <summary>Takes back what was said of a partition that belongs to another scheduler now.</summary>
    /// <param name="partition">Of requests.</param>
    public void Forget(int partition)
    {
        conditions.Clear("results-not-stored", ResultsOf(partition));
        conditions.Clear("commit-behind", RequestsOf(partition));
    }

    private void LookAtCommit(GroupConsumer group, int partition, long now)
    {
        long most = MostReadAgain * (long)settings.MaxInFlight;
        (long oldest, long next, long end) = group.Window(partition);
        if (next - oldest > most) dispatcher.CarryForward(partition, next - (most / 2), end);
        if (next - oldest <= 2 * most || !_behind.TryGetValue(partition, out var since) || since.Oldest != oldest)
        {
            _behind[partition] = (oldest, now);
            conditions.Clear("commit-behind", RequestsOf(partition));
        }
        else if (now - since.At >= (long)BehindAfter.TotalMicroseconds)
        {
            conditions.Raise(
                "commit-behind", RequestsOf(partition),
                $"offset {oldest} of {RequestsOf(partition)} is not finished and its copy at the end has not come back: " +
                $"a successor would read from there again. May this user write to {kafka.Topics.Requests}?");
        }
    }

    private void LookAtResults(int partition)
    {
        if (dispatcher.FirstOverdue(partition) is >= 0 and var overdue)
        {
            conditions.Raise(
                "results-not-stored", ResultsOf(partition),
                $"the answer to offset {overdue} of {RequestsOf(partition)} does not come back from {ResultsOf(partition)}: " +
                $"it is written again every {settings.Dispatch.Lifecycle.ReadBackTimeout?.TotalSeconds:0.#} s. Can the brokers store it?",
                blocksReady: true);
        }
        else conditions.Clear("results-not-stored", ResultsOf(partition));
    }

    private string RequestsOf(int partition) => $"{kafka.Topics.Requests}/{partition}";

    private string ResultsOf(int partition) => $"{kafka.Topics.Results}/{partition}";
}
