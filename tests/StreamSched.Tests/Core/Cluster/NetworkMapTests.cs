using StreamSched.Core.Cluster;

namespace StreamSched.Tests.Core.Cluster;

public class NetworkMapTests
{
    [Fact]
    public void Any_number_of_sites_can_be_added_and_links_stay_what_they_were()
    {
        NetworkMap map = new(new Link(0.001f), new Link(0.005f));
        for (int s = 0; s < 40; s++) map.Set($"s{s}", $"s{(s + 1) % 40}", new Link(0.1f + s));
        Assert.Equal(41, map.Count);
        for (int s = 0; s < 40; s++)
        {
            int from = map.SiteIndex($"s{s}");
            Assert.Equal(0.1f + s, map[from, map.SiteIndex($"s{(s + 1) % 40}")].Latency);
            Assert.Equal(0.001f, map[from, from].Latency);
            Assert.Equal(0.005f, map.Row(from)[map.SiteIndex($"s{(s + 20) % 40}")].Latency);
        }
    }
}
