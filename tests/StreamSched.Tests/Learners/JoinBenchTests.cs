using StreamSched.Bench;

namespace StreamSched.Tests.Learners;

public class JoinBenchTests
{
    [Fact]
    public void What_is_timed_is_a_join_of_every_decision_and_allocates_nothing()
    {
        JoinBench bench = new();
        long before = GC.GetAllocatedBytesForCurrentThread(), joined = bench.Joined;
        for (int i = 0; i < 100; i++) bench.Join();
        Assert.Equal(100 * CodecBench.Batch, bench.Joined - joined);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 100 * CodecBench.Batch, "more than a byte for each");
        Assert.InRange(bench.Size, 200, 600);
    }
}
