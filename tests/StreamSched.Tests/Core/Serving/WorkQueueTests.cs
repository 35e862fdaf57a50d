using StreamSched.Core.Policies;
using StreamSched.Core.Serving;

namespace StreamSched.Tests.Core.Serving;

public class WorkQueueTests
{
    private readonly WorkQueue<int> _queue = new();
    private readonly Waiting<int>[] _batch = new Waiting<int>[16];

    [Fact]
    public void The_variant_whose_head_is_due_first_runs_first()
    {
        _queue.SetTable(0, new ServiceTable(0.001f), 0);
        _queue.SetTable(1, new ServiceTable(0.001f), 0);
        _queue.Add(0, new Waiting<int>(1, 50_000));
        _queue.Add(1, new Waiting<int>(2, 40_000));
        Assert.Equal(1, _queue.TryTakeBatch(0, _batch, out int variant));
        Assert.Equal((1, 2), (variant, _batch[0].Item));
    }

    [Fact]
    public void Batches_grow_only_where_the_table_shows_a_gain()
    {
        _queue.SetTable(0, new ServiceTable([1, 4], [0.010f, 0.012f], 4), 0);
        _queue.SetTable(1, new ServiceTable([1, 4], [0.010f, 0.045f], 4), 0);
        for (int i = 0; i < 6; i++)
        {
            _queue.Add(0, new Waiting<int>(i, 1_000_000));
            _queue.Add(1, new Waiting<int>(i, 2_000_000));
        }

        Assert.Equal(4, _queue.TryTakeBatch(0, _batch, out int first));
        Assert.Equal(2, _queue.TryTakeBatch(0, _batch, out _));
        Assert.Equal(1, _queue.TryTakeBatch(0, _batch, out int then));
        Assert.Equal((0, 1), (first, then));
    }

    [Fact]
    public void A_batch_never_grows_past_the_slack_of_its_most_urgent_member()
    {
        _queue.SetTable(0, new ServiceTable([1, 2, 4, 8], [0.010f, 0.012f, 0.016f, 0.024f], 8), 0);
        for (int i = 0; i < 8; i++) _queue.Add(0, new Waiting<int>(i, 17_000));
        Assert.Equal(4, _queue.TryTakeBatch(0, _batch, out _)); // 16 ms fit into 17, 18 would not
    }

    [Fact]
    public void What_cannot_finish_in_time_expires_and_the_rest_stays()
    {
        _queue.SetTable(0, new ServiceTable(0.010f), 0);
        _queue.Add(0, new Waiting<int>(1, 9_000));
        _queue.Add(0, new Waiting<int>(2, 11_000));
        Assert.True(_queue.TryTakeExpired(0, out _, out Waiting<int> expired));
        Assert.Equal(1, expired.Item);
        Assert.False(_queue.TryTakeExpired(0, out _, out _));
        Assert.Equal(1, _queue.Count);
    }

    [Theory]
    [InlineData(1, true)] // there is time for a run of both
    [InlineData(3, true)]
    [InlineData(4, false)]
    [InlineData(12, false)]
    public void One_that_cannot_wait_for_the_run_of_those_who_wait_with_it_is_not_run_alone(int others, bool served)
    {
        // 4 ms for one, 4.57 for two, 8 for eight. The urgent one has 5.6 ms: as long as three take, less than four do.
        _queue.SetTable(0, new ServiceTable([1, 8], [0.004f, 0.008f], 8), 0);
        _queue.Add(0, new Waiting<int>(-1, 5_600));
        for (int i = 0; i < others; i++) _queue.Add(0, new Waiting<int>(i, 100_000));
        Assert.Equal(!served, _queue.TryTakeExpired(0, out _, out Waiting<int> expired));
        if (!served) Assert.Equal(-1, expired.Item);
        Assert.False(_queue.TryTakeExpired(0, out _, out _));
        int size = _queue.TryTakeBatch(0, _batch, out _);
        Assert.Equal(served ? Math.Min(others + 1, 3) : Math.Min(others, 8), size);
        Assert.Equal(served, _batch[0].Item == -1);
    }

    [Fact]
    public void Only_the_variant_that_is_next_gives_way_to_its_batch()
    {
        _queue.SetTable(0, new ServiceTable([1, 8], [0.004f, 0.008f], 8), 0);
        _queue.SetTable(1, new ServiceTable([1, 8], [0.004f, 0.008f], 8), 0);
        for (int i = 0; i < 9; i++) _queue.Add(0, new Waiting<int>(i, i == 0 ? 6_000 : 100_000));
        _queue.Add(1, new Waiting<int>(100, 5_000));
        Assert.False(_queue.TryTakeExpired(0, out _, out _));
        Assert.Equal(1, _queue.TryTakeBatch(0, _batch, out int variant));
        Assert.Equal((1, 100), (variant, _batch[0].Item));
    }

    [Fact]
    public void Backlog_counts_batches_as_they_would_form()
    {
        _queue.SetTable(0, new ServiceTable([1, 4], [0.010f, 0.016f], 4), 0);
        for (int i = 0; i < 5; i++) _queue.Add(0, new Waiting<int>(i, long.MaxValue));
        Assert.Equal(0.026, _queue.BacklogSeconds(0), 5);
    }

    [Fact]
    public void Everything_that_goes_in_comes_out_once_and_in_order_of_its_due_instant()
    {
        RandomStream random = new(3);
        _queue.SetTable(0, new ServiceTable(0.0001f), 0);
        HashSet<int> seen = [];
        for (int i = 0; i < 1000; i++) _queue.Add(0, new Waiting<int>(i, 1_000_000 + random.NextInt32(50)));
        long last = 0;
        while (_queue.TryTakeBatch(0, _batch.AsSpan(0, 1), out _) > 0)
        {
            Assert.True(_batch[0].AnswerBy >= last);
            last = _batch[0].AnswerBy;
            Assert.True(seen.Add(_batch[0].Item));
        }

        Assert.Equal(1000, seen.Count);
    }
}
