using System.Text;
using StreamSched.Client;

namespace StreamSched.Tests.Client;

public class DevicePartitionTests
{
    // The vectors of Apache Kafka's own UtilsTest.testMurmur2.
    [Theory]
    [InlineData("21", -973932308)]
    [InlineData("foobar", -790332482)]
    [InlineData("a-little-bit-long-string", -985981536)]
    [InlineData("a-little-bit-longer-string", -1486304829)]
    [InlineData("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971)]
    [InlineData("abc", 479470107)]
    public void The_hash_is_that_of_kafkas_java_clients(string key, int hash) => Assert.Equal(hash, DevicePartition.Murmur2(Encoding.UTF8.GetBytes(key)));

    [Fact]
    public void Every_partition_is_used()
    {
        int[] counts = new int[8];
        for (int i = 0; i < 8000; i++) counts[DevicePartition.Of(Encoding.UTF8.GetBytes("cam-" + i), counts.Length)]++;
        Assert.All(counts, count => Assert.InRange(count, 800, 1200));
    }
}
