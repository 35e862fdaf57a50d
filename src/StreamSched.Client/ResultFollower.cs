using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using StreamSched.Kafka.Consuming;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Kafka.Settings;

namespace StreamSched.Client;

/// <summary>Reads the partitions of <c>results</c> that are asked for, from their ends on, on a thread of its own.</summary>
internal sealed class ResultFollower : IDisposable
{
    // Longer only delays what time demands and newly asked partitions: records wake the thread.
    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(20);

    private readonly string _topic;
    private readonly TopicReader _reader;
    private readonly RecordHandler _onResult;
    private readonly Action _afterRound;
    private readonly Action<Exception> _onFailure;
    private readonly TaskCompletionSource[] _following;
    private readonly ConcurrentQueue<int> _asked = new();
    private readonly List<int> _starting = [];
    private readonly int[] _isAsked;
    private readonly Thread _thread;
    private volatile bool _stop;

    /// <summary>Connects.</summary>
    /// <exception cref="KafkaFailureException">A topic is not there, partitions do not match, or nobody answers.</exception>
    public ResultFollower(
        KafkaSettings kafka, ILoggerFactory loggers, TimeProvider time, RecordHandler onResult, Action afterRound, Action<Exception> onFailure)
    {
        (_topic, _onResult, _afterRound, _onFailure) = (kafka.Topics.Results, onResult, afterRound, onFailure);
        _reader = new TopicReader(kafka, loggers, time, _topic, withHeaders: Tracing.Source.HasListeners()); // headers cost an object each
        try
        {
            Partitions = _reader.Partitions(kafka, kafka.Topics.Requests).Count;
            int results = _reader.Partitions(kafka, _topic).Count;
            if (results < Partitions)
            {
                // Requests in the others would not be answered before they are added.
                KafkaLog.FewerResults(loggers.CreateLogger<ResultFollower>(), kafka.Topics.Requests, Partitions, _topic, results, results);
                Partitions = results;
            }
        }
        catch
        {
            _reader.Dispose();
            throw;
        }

        _following = [.. Enumerable.Range(0, Partitions).Select(_ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))];
        _isAsked = new int[Partitions];
        _thread = new Thread(Run) { IsBackground = true, Name = "streamsched results" };
        _thread.Start();
    }

    /// <summary>Partitions that both requests and results have.</summary>
    public int Partitions { get; }

    /// <summary>Completes when every record that comes into the partition from then on will be read.</summary>
    public Task Follow(int partition)
    {
        if (Interlocked.Exchange(ref _isAsked[partition], 1) == 0) _asked.Enqueue(partition);
        return _following[partition].Task;
    }

    public void Dispose()
    {
        _stop = true;
        if (Thread.CurrentThread != _thread) _thread.Join(TimeLimit.OfEnding);
        foreach (TaskCompletionSource following in _following) following.TrySetCanceled();
    }

    private void Run()
    {
        try
        {
            while (!_stop)
            {
                while (_asked.TryDequeue(out int partition))
                {
                    _reader.FollowNew(_topic, partition);
                    _starting.Add(partition);
                }

                _reader.Poll(Wait, _onResult, most: 1024);
                for (int i = _starting.Count - 1; i >= 0; i--)
                {
                    if (!_reader.IsFetching(_topic, _starting[i])) continue;
                    _following[_starting[i]].TrySetResult();
                    _starting.RemoveAt(i);
                }

                _afterRound();
            }
        }
        catch (Exception exception)
        {
            KafkaFailureException failure = KafkaFailureException.InCallback("a result", exception);
            foreach (TaskCompletionSource following in _following)
                if (following.TrySetException(failure)) _ = following.Task.Exception; // those who wait see it, and nobody has to
            _onFailure(failure);
        }
        finally
        {
            _reader.Dispose();
        }
    }
}
