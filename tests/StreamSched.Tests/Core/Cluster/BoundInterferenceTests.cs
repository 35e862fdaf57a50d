using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;

namespace StreamSched.Tests.Core.Cluster;

public class BoundInterferenceTests
{
    [Fact]
    public void Gives_what_the_table_gives()
    {
        string[] names = ["a", "b", "c", "d"];
        RandomStream random = new(7);
        List<InterferenceMatrix> matrices = [];
        foreach (string variant in names.Append("unknown"))
        {
            foreach ((string first, string second) in new[] { ("a", "b"), ("c", "c"), ("b", "elsewhere") })
                matrices.Add(new InterferenceMatrix(variant, first, second, [.. Enumerable.Range(0, 9).Select(_ => 1 + random.NextSingle())]));
        }

        InterferenceTable table = new(matrices);
        BoundInterference bound = new(table, names);
        for (int i = 0; i < 500; i++)
        {
            float[] counts = [.. names.Select(_ => random.NextInt32(3) == 0 ? 0 : 3 * random.NextSingle())];
            for (int v = 0; v < names.Length; v++) Assert.Equal(table.Factor(names[v], names, counts), bound.Factor(v, counts), 5);
        }
    }
}
