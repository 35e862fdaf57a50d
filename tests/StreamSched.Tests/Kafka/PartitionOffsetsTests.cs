using FsCheck;
using FsCheck.Fluent;
using StreamSched.Kafka.Consuming;

namespace StreamSched.Tests.Kafka;

public class PartitionOffsetsTests
{
    [Fact]
    public void Nothing_is_committable_before_the_first_record() => Assert.Equal(-1, new PartitionOffsets(8).Committable(out _));

    [Fact]
    public void B5_Where_reading_begins_is_committable_so_that_a_gap_from_there_is_seen_later() =>
        Assert.Equal(7, new PartitionOffsets(8, start: 7).Committable(out _));

    [Fact]
    public void Any_order_of_finishing_gives_the_contiguous_prefix()
    {
        // A script of what happens: deliver the next offset (with a gap), or finish any delivered one, perhaps again.
        var step = Gen.Choose(0, 1_000_000);
        Prop.ForAll(Arb.From(Gen.ArrayOf(step)), script =>
        {
            var offsets = new PartitionOffsets(1000);
            var delivered = new List<long>();
            var finished = new HashSet<long>();
            var next = 100L;
            foreach (var choice in script)
            {
                if (choice % 2 == 0 || delivered.Count == 0)
                {
                    next += 1 + (choice % 7 == 0 ? choice % 5 : 0);
                    offsets.Deliver(next, mark: next * 10);
                    delivered.Add(next);
                }
                else
                {
                    var one = delivered[choice / 2 % delivered.Count];
                    Assert.Equal(finished.Add(one), offsets.Acknowledge(one));
                }

                var open = delivered.Where(offset => !finished.Contains(offset)).ToArray();
                Assert.Equal(delivered.Count == 0 ? -1 : open.Length > 0 ? open[0] : next + 1, offsets.Committable(out var mark, currentMark: 7));
                Assert.Equal(open.Length > 0 ? open[0] * 10 : 7, mark);
                Assert.Equal(open.Length, offsets.Unfinished);
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Records_that_were_never_delivered_or_are_done_cannot_finish()
    {
        var offsets = new PartitionOffsets(8);
        Assert.False(offsets.Acknowledge(0));
        offsets.Deliver(10);
        offsets.Deliver(20);
        Assert.False(offsets.Acknowledge(9));
        Assert.False(offsets.Acknowledge(15));
        Assert.False(offsets.Acknowledge(21));
        Assert.True(offsets.Acknowledge(10));
        Assert.False(offsets.Acknowledge(10));
        Assert.Equal(20, offsets.Committable(out _));
    }

    [Fact]
    public void B1_A_record_that_is_not_finished_for_long_costs_one_place_and_not_those_behind_it()
    {
        var offsets = new PartitionOffsets(100);
        offsets.Deliver(0, mark: 5);
        for (var i = 1; i < 1_000_000; i++)
        {
            offsets.Deliver(i, mark: i);
            Assert.False(offsets.IsFull);
            if (i > 90) Assert.True(offsets.Acknowledge(i - 90));
        }

        Assert.Equal(0, offsets.Committable(out var mark));
        Assert.Equal((5, 91), (mark, offsets.Unfinished));
        offsets.Acknowledge(0);
        Assert.Equal(999_910, offsets.Committable(out _));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(100)]
    [InlineData(1000)]
    public void The_window_is_bounded_by_what_is_unfinished(int capacity)
    {
        var offsets = new PartitionOffsets(capacity);
        for (var i = 0; i < capacity; i++)
        {
            Assert.False(offsets.IsFull);
            offsets.Deliver(i);
        }

        Assert.True(offsets.IsFull);
        Assert.Throws<InvalidOperationException>(() => offsets.Deliver(capacity));
        offsets.Acknowledge(capacity - 1);
        Assert.False(offsets.IsFull);
        offsets.Deliver(capacity);
        Assert.True(offsets.IsFull);
    }

    [Fact]
    public void A_log_that_was_cut_back_starts_anew()
    {
        var offsets = new PartitionOffsets(8);
        offsets.Deliver(50);
        offsets.Deliver(51);
        Assert.False(offsets.Deliver(40));
        Assert.False(offsets.Acknowledge(50));
        Assert.Equal(40, offsets.Committable(out _));
        Assert.True(offsets.Acknowledge(40));
        Assert.Equal(41, offsets.Committable(out _));
    }

    [Fact]
    public void Records_may_finish_on_other_threads()
    {
        var offsets = new PartitionOffsets(100_000);
        for (var i = 0; i < 100_000; i++) offsets.Deliver(i);
        var finished = 0;
        Parallel.For(0, 200_000, i =>
        {
            if (offsets.Acknowledge(i % 100_000)) Interlocked.Increment(ref finished);
        });
        Assert.Equal(100_000, finished);
        Assert.Equal(100_000, offsets.Committable(out _));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Nothing_is_allocated_in_steady_state(bool behindOneThatWaits)
    {
        var offsets = new PartitionOffsets(1000);
        var from = 0L;
        if (behindOneThatWaits) offsets.Deliver(from++);
        Assert.Equal(0, Allocations.Of(() => Run(offsets, from, from += 20_000)));

        static void Run(PartitionOffsets offsets, long from, long to)
        {
            for (var i = from; i < to; i++)
            {
                offsets.Deliver(i, i);
                if (i - from >= 500) offsets.Acknowledge(i - 500 + ((i & 1) == 0 ? 1 : -1));
                if (i - from >= 600) offsets.Acknowledge(i - 600);
            }

            for (var i = from; i < to; i++) offsets.Acknowledge(i);
        }
    }
}
