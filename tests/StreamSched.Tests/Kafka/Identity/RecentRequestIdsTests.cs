using StreamSched.Kafka.Identity;

namespace StreamSched.Tests.Kafka.Identity;

public class RecentRequestIdsTests
{
    private static RequestKey Key(int id, ulong device = 7) => new(new Guid(id, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), device);

    [Fact]
    public void Every_id_is_known_once_it_was_added_and_no_other_is()
    {
        RecentRequestIds ids = new(TimeSpan.FromMinutes(10), 1_000_000);
        for (int i = 0; i < 100_000; i++) Assert.True(ids.Add(Key(i), 1));
        for (int i = 0; i < 100_000; i++)
        {
            Assert.True(ids.Contains(Key(i)));
            Assert.False(ids.Contains(Key(i, device: 8)));
            Assert.False(ids.Contains(Key(i + 100_000)));
            Assert.False(ids.Add(Key(i), 2));
        }

        Assert.Equal(100_000, ids.Count);
    }

    [Fact]
    public void Ids_that_differ_in_one_bit_are_different()
    {
        RecentRequestIds ids = new(TimeSpan.FromMinutes(10), 1_000_000);
        Guid id = Guid.CreateVersion7();
        Assert.True(ids.Add(new RequestKey(id, 1), 1));
        for (int bit = 0; bit < 128; bit++)
        {
            byte[] bytes = id.ToByteArray();
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.True(ids.Add(new RequestKey(new Guid(bytes), 1), 1));
        }
    }

    [Fact]
    public void An_id_is_remembered_for_a_period_and_forgotten_after_two()
    {
        RecentRequestIds ids = new(TimeSpan.FromSeconds(10), 1_000_000);
        for (int i = 0; i < 10_000; i++) ids.Add(Key(i), 1_000_000);
        for (int i = 10_000; i < 20_000; i++) ids.Add(Key(i), 11_500_000);
        Assert.True(Enumerable.Range(0, 20_000).All(i => ids.Contains(Key(i))));
        for (int i = 20_000; i < 30_000; i++) ids.Add(Key(i), 22_000_000);
        Assert.DoesNotContain(Enumerable.Range(0, 10_000), i => ids.Contains(Key(i)));
        Assert.True(Enumerable.Range(10_000, 20_000).All(i => ids.Contains(Key(i))));
    }

    [Fact]
    public void Memory_is_bounded_whatever_comes()
    {
        RecentRequestIds ids = new(TimeSpan.FromMinutes(10), 6_400);
        for (int i = 0; i < 100_000; i++) ids.Add(Key(i), 1);
        Assert.InRange(ids.Count, 6_400, 2 * 6_400);
        Assert.True(ids.Contains(Key(99_999)));
    }
}
