using BenchmarkDotNet.Attributes;
using StreamSched.Bench;
using StreamSched.Core.Registry;

namespace StreamSched.Benchmarks;

/// <summary>The measurements of <c>streamsched bench decide</c> with BenchmarkDotNet's statistics: predictions, mask, choice and the account of what was
/// sent.</summary>
[MemoryDiagnoser]
public class DecideBenchmarks
{
    private DecideBench _bench = null!;

    public static IEnumerable<string> Policies => PolicyCatalogue.Rules.Select(p => p.Name);

    [ParamsSource(nameof(Policies))]
    public string Policy { get; set; } = "";

    [Params(64, 256)]
    public int Candidates { get; set; }

    [GlobalSetup]
    public void Setup() => _bench = new DecideBench(Policy, Candidates, TimeProvider.System);

    // Answering is part of the figure here, since an iteration has no other place for it: compare policies, and see bench decide for decisions alone.
    [Benchmark(OperationsPerInvoke = DecideBench.Batch)]
    public void DecideAndAnswer()
    {
        _bench.Decide();
        _bench.Answer();
    }
}
