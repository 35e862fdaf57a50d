using StreamSched.Core.Requests;
using StreamSched.Kafka.Identity;

namespace StreamSched.Tests.Core.Requests;

public class RequestClockTests
{
    private const long Now = 1_700_000_000_000_000;

    [Theory]
    [InlineData(0, false)]
    [InlineData(900_000, false)]
    [InlineData(2_000_000, true)]
    [InlineData(-3_600_000_000, false)]
    [InlineData(-7 * 3_600_000_000, true)]
    public void Created_is_believed_within_the_tolerances(long offset, bool implausible)
    {
        long start = new RequestClock().Start(Now + offset, Now, out bool said);
        Assert.Equal(implausible, said);
        Assert.Equal(implausible ? Now : Now + offset, start);
    }

    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    public void A_hostile_instant_does_not_overflow(long created)
    {
        Assert.Equal(Now, new RequestClock().Start(created, Now, out bool implausible));
        Assert.True(implausible);
    }

    [Fact]
    public void Names_hash_by_their_bytes_and_the_seed()
    {
        NameHash hash = new(1), other = new(2);
        Assert.Equal(hash.Of("device-1"u8), hash.Of("device-1"u8));
        Assert.NotEqual(hash.Of("device-1"u8), hash.Of("device-2"u8));
        Assert.NotEqual(hash.Of("device-1"u8), other.Of("device-1"u8));
        Assert.Equal(10_000, Enumerable.Range(0, 10_000).Select(i => hash.Of(System.Text.Encoding.UTF8.GetBytes($"camera-{i}"))).Distinct().Count());
    }
}
