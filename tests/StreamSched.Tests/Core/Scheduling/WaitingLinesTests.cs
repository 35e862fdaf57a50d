using StreamSched.Core.Scheduling;

namespace StreamSched.Tests.Core.Scheduling;

public class WaitingLinesTests
{
    [Fact]
    public void Each_partition_has_a_line_in_the_order_of_coming()
    {
        WaitingLines lines = new();
        foreach ((int slot, int partition) in new[] { (5, 0), (900, 3), (1, 0), (2, 3), (0, 0) }) lines.Add(slot, partition);
        lines.Add(5, 0); // stays where it is
        Assert.Equal([5, 1, 0], All(lines, 0));
        Assert.Equal([900, 2], All(lines, 3));
        Assert.Empty(All(lines, 1));
        Assert.Empty(All(lines, 77));
        Assert.Equal(5, lines.Count);
    }

    [Fact]
    public void Slots_leave_from_any_place_and_may_come_again()
    {
        WaitingLines lines = new();
        List<int> expected = [];
        Random random = new(1);
        for (int i = 0; i < 20_000; i++)
        {
            int slot = random.Next(100);
            if (random.Next(2) == 0)
            {
                lines.Add(slot, 2);
                if (!expected.Contains(slot)) expected.Add(slot);
            }
            else
            {
                lines.Remove(slot, 2);
                expected.Remove(slot);
            }

            if (i % 100 == 0) Assert.Equal(expected, All(lines, 2));
            Assert.Equal(expected.Count, lines.Count);
        }
    }

    private static List<int> All(WaitingLines lines, int partition)
    {
        List<int> all = [];
        for (int slot = lines.First(partition); slot >= 0; slot = lines.Next(slot)) all.Add(slot);
        Assert.Equal(lines.CountOf(partition), all.Count);
        return all;
    }
}
