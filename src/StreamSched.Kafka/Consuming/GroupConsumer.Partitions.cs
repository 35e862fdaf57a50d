using Confluent.Kafka;
using StreamSched.Kafka.Diagnostics;

namespace StreamSched.Kafka.Consuming;

// How partitions come and go: taken up once their owner is ready, and handed over once what is in flight has an end.
internal sealed partial class GroupConsumer
{
    private void TakeFixedPartitions(IReadOnlyList<int> partitions)
    {
        _fixed = null;
        _consumer.Assign(Take([.. partitions.Select(partition => new TopicPartition(_settings.Topic, partition))]));
    }

    // The client must be given the partitions whatever went wrong, or it waits for them for ever, even when it is ended.
    private IEnumerable<TopicPartitionOffset> OnAssigned(List<TopicPartition> partitions)
    {
        try
        {
            _contacted = true;
            Volatile.Write(ref _topicMissingSince, 0);
            // A group that rebalances while this member leaves may still give it some.
            if (partitions.Count > 0 && !_closed) return Take(partitions);
        }
        catch (Exception exception)
        {
            _callbacks.Keep(exception);
        }

        return partitions.Select(partition => new TopicPartitionOffset(partition, Offset.Stored));
    }

    // Gives the client offsets, not the order to look them up: it would ask for them once more, and start again half a second later where anything comes
    // between.
    private List<TopicPartitionOffset> Take(List<TopicPartition> partitions)
    {
        var counterparts = AssignmentQuestions.Counterparts(_consumer, _settings, QuestionTimeout, _time);
        var starts = TakeUp([.. partitions.Where(partition => partition.Partition.Value < counterparts)]);
        foreach (var partition in partitions)
            if (partition.Partition.Value >= counterparts && _withoutCounterpart.Add(partition.Partition.Value)) _toPause++;
        _counterpartsAsked = _time.GetTimestamp();
        return [.. partitions.Select(partition =>
            new TopicPartitionOffset(partition, starts.TryGetValue(partition.Partition.Value, out var start) ? start : Offset.End))];
    }

    // Where each is read from.
    private Dictionary<int, Offset> TakeUp(List<TopicPartition> partitions)
    {
        if (partitions.Count == 0) return [];
        var assigned = AssignmentQuestions.Ask(_consumer, partitions, _settings, QuestionTimeout, _time);
        foreach (var partition in assigned)
        {
            var held = new HeldPartition(partition, _settings);
            _held.Add(partition.Partition, held);
            TellOfEarlierGap(held, partition);
            if (partition.Partition >= _byNumber.Length) Array.Resize(ref _byNumber, Math.Max(partition.Partition + 1, _byNumber.Length * 2));
            _byNumber[partition.Partition] = held;
        }

        KafkaLog.Assigned(_logger, _settings.Group, string.Join(' ', assigned.Select(partition => partition.Partition)), _settings.Topic);
        _member.OnAssigned(assigned);
        return assigned.ToDictionary(partition => partition.Partition, partition => new Offset(partition.Start));
    }

    // The client cannot pause what it has not got yet. Records that came before are dropped, as no such partition is held.
    private void PauseWithoutCounterpart()
    {
        _toPause = 0;
        _consumer.Pause(_withoutCounterpart.Select(partition => new TopicPartition(_settings.Topic, partition)));
    }

    private void TakeWhatHasACounterpart()
    {
        if (_time.GetElapsedTime(_counterpartsAsked) < CounterpartPeriod) return;
        _counterpartsAsked = _time.GetTimestamp();
        var counterparts = AssignmentQuestions.Counterparts(_consumer, _settings, QuestionTimeout, _time);
        List<TopicPartition> taken =
            [.. _withoutCounterpart.Where(partition => partition < counterparts).Select(partition => new TopicPartition(_settings.Topic, partition))];
        if (taken.Count == 0) return;
        _withoutCounterpart.ExceptWith(taken.Select(partition => partition.Partition.Value));
        var starts = TakeUp(taken);

        // Given anew, since seeking is refused while the client still looks for the end that it was given first.
        _consumer.IncrementalUnassign(taken);
        _consumer.IncrementalAssign(taken.Select(partition => new TopicPartitionOffset(partition, starts[partition.Partition.Value])));
        _consumer.Resume(taken);
    }

    // A group that never committed would have read from the first record on.
    private void TellOfEarlierGap(HeldPartition held, AssignedPartition partition)
    {
        var first = Math.Max(0, partition.Committed);
        if (_settings.OwesEarlierRecords && partition.Start > first) _watch.Tell(held.Partition, first, partition.Start - first);
    }

    private void OnRevoked(List<TopicPartitionOffset> partitions, bool lost)
    {
        lock (_leaving)
            if (!_abandoned) HandOver(partitions, lost);
    }

    private void HandOver(List<TopicPartitionOffset> partitions, bool lost)
    {
        _withoutCounterpart.ExceptWith(partitions.Select(partition => partition.Partition.Value));
        var given = partitions.Select(partition => Find(partition.Partition.Value)).OfType<HeldPartition>().ToArray();
        if (given.Length == 0) return;
        if (!lost && !_closed)
        {
            var began = _time.GetTimestamp();
            Drain(given, _settings.DrainTimeout);
            _committer.CommitNow(given, CommitTimeout);
            KafkaLog.Revoked(
                _logger, _settings.Group, Numbers(given), _settings.Topic, given.Sum(held => held.Offsets.Unfinished),
                (long)_time.GetElapsedTime(began).TotalMilliseconds);
        }
        else if (lost)
        {
            _committer.Finish(CommitTimeout, out _);
            KafkaLog.Lost(_logger, _settings.Group, Numbers(given), _settings.Topic);
        }

        Forget(given, lost);
    }

    private void Drain(HeldPartition[] partitions, TimeSpan limit)
    {
        if (partitions.Length == 0) return;
        var numbers = partitions.Select(held => held.Partition.Partition.Value).ToArray();
        var began = _time.GetTimestamp();
        _draining = true;
        try
        {
            while (partitions.Any(held => held.Offsets.Unfinished > 0))
            {
                var remaining = limit - _time.GetElapsedTime(began);
                if (remaining <= TimeSpan.Zero) return;
                if (!_member.OnDraining(numbers, remaining)) return;
                _progress.WaitOne(1); // finishes may come from other threads
            }
        }
        finally
        {
            _draining = false;
        }
    }

    private void Forget(HeldPartition[] partitions, bool lost)
    {
        if (partitions.Length == 0) return;
        foreach (var held in partitions)
        {
            _held.Remove(held.Partition.Partition.Value);
            _byNumber[held.Partition.Partition.Value] = null;
            if (held.IsFull) _full--;
            held.Log.IsLeft = true;
            _conditions.Clear("partition-stuck", held.Name);
        }

        _member.OnRevoked([.. partitions.Select(held => held.Partition.Partition.Value)], lost);
    }
}
