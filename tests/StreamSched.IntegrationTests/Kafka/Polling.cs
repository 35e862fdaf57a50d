using System.Diagnostics;
using StreamSched.Kafka.Consuming;

namespace StreamSched.IntegrationTests;

internal static class Polling
{
    /// <summary>Polls until something holds; fails the test if it does not in time.</summary>
    public static void Until(Func<bool> condition, TimeSpan limit, params GroupConsumer[] consumers)
    {
        for (var began = Stopwatch.GetTimestamp(); !condition();)
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < limit, $"it did not happen within {limit.TotalSeconds} s");
            foreach (var consumer in consumers) consumer.Poll(TimeSpan.FromMilliseconds(10));
        }
    }

    /// <summary>Polls on a thread of its own until stopped, as a host does; what ends it early is rethrown by <c>StopAsync</c>.</summary>
    public static Background InBackground(GroupConsumer consumer) => new(consumer);

    internal sealed class Background : IDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _task;

        public Background(GroupConsumer consumer) =>
            _task = Task.Factory.StartNew(() => consumer.Run(_stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        public bool HasEnded => _task.IsCompleted;

        public void Dispose() => _stop.Dispose();

        public async Task StopAsync()
        {
            await _stop.CancelAsync();
            await _task.WaitAsync(TimeSpan.FromSeconds(30));
        }
    }
}
