using Confluent.Kafka;
using StreamSched.Kafka.Consuming;

namespace StreamSched.Tests.Kafka.Consuming;

public class WatchedLogTests
{
    private readonly WatchedLog _log = new(new TopicPartition("requests", 3), 10);

    [Fact]
    public void B5_Offsets_without_records_are_no_gap_while_the_log_still_begins_before_them()
    {
        _log.Read(10);
        _log.Read(13); // 11 and 12 are a transaction's markers, or were compacted
        _log.Ask();
        Assert.Equal(0, _log.Take(5, 20, out _));
        Assert.Equal((14, 20), (_log.Next, _log.End));
    }

    [Theory]
    [InlineData(40, 26, 14)]    // reading went on where the log begins
    [InlineData(40, 20, 14)]    // the log was cut again since
    [InlineData(40, 41, 14)]    // it begins where the next record will be
    [InlineData(40, 30, 14)]
    public void B5_Records_that_were_skipped_because_the_log_begins_behind_them_are_a_gap(int read, int low, int first)
    {
        _log.Read(13);
        _log.Read(read);
        _log.Ask();
        Assert.Equal(Math.Min(low, read) - first, _log.Take(low, 60, out long from));
        Assert.Equal(first, from);
        _log.Ask();
        Assert.Equal(0, _log.Take(low, 60, out _));
    }

    [Fact]
    public void B5_Records_that_nobody_can_read_any_more_are_a_gap_before_the_next_one_comes()
    {
        _log.Read(10);
        _log.Ask();
        Assert.Equal(388, _log.Take(399, 399, out long first));
        Assert.Equal(11, first);
        _log.Read(399);
        _log.Ask();
        Assert.Equal(0, _log.Take(399, 400, out _)); // once
    }

    [Fact]
    public void B5_A_skip_that_comes_while_the_question_is_under_way_waits_for_the_next_one()
    {
        _log.Read(10);
        _log.Ask();
        _log.Read(50);
        Assert.Equal(0, _log.Take(5, 60, out _));
        _log.Ask();
        Assert.Equal(39, _log.Take(50, 60, out long first));
        Assert.Equal(11, first);
    }

    [Fact]
    public void B5_The_end_of_a_log_may_lie_behind_its_last_record()
    {
        _log.Read(10);
        _log.ReachEnd(12);
        _log.Ask();
        Assert.Equal(0, _log.Take(5, 12, out _));
        Assert.Equal(12, _log.Next);
    }

    [Fact]
    public void B5_A_reader_that_comes_to_the_end_because_nothing_is_left_has_missed_what_there_was()
    {
        _log.Read(10);
        _log.ReachEnd(100);
        _log.Ask();
        Assert.Equal(89, _log.Take(100, 100, out long first));
        Assert.Equal(11, first);
    }
}
