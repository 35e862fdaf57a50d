using StreamSched.Learners;

namespace StreamSched.Tests.Learners;

public class KeptRecordsTests
{
    [Fact]
    public void The_latest_records_are_found_and_what_was_overwritten_is_not()
    {
        const int Size = 3 << 20;
        KeptRecords kept = new(Size);
        Random random = new(3);
        List<(long Position, byte[] Record)> added = [];
        long total = 0;
        while (total < 20L * Size)
        {
            byte[] record = new byte[random.Next(10) == 0 ? random.Next(200_000) : random.Next(400)];
            random.NextBytes(record);
            added.Add((kept.Add(record), record));
            total += record.Length;
        }

        long found = 0;
        bool before = false;
        foreach ((long position, byte[] record) in added)
        {
            bool there = kept.TryGet(position, out ReadOnlySpan<byte> read);
            if (there) Assert.Equal(record, read);
            Assert.True(there || !before, "a later record is gone and an earlier one is not");
            (before, found) = (there, found + (there ? record.Length : 0));
        }

        Assert.InRange(found, Size / 2, Size);
        Assert.Equal(-1, kept.Add(new byte[Size]));
        Assert.False(kept.TryGet(-1, out _));
        Assert.False(kept.TryGet(long.MaxValue, out _));
    }

    [Fact]
    public void Nothing_is_allocated_once_it_is_full()
    {
        KeptRecords kept = new(2 << 20);
        byte[] record = new byte[300];
        for (int i = 0; i < 10_000; i++) kept.Add(record);
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 10_000; i++) kept.Add(record);
        }));
    }
}
