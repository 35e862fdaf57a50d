using BenchmarkDotNet.Attributes;
using StreamSched.Bench;

namespace StreamSched.Benchmarks;

/// <summary>The measurements of <c>streamsched bench codec</c> with BenchmarkDotNet's statistics.</summary>
[MemoryDiagnoser]
public class CodecBenchmarks
{
    private CodecBench _bench = null!;

    [Params(200, 20_000)]
    public int PayloadBytes { get; set; }

    [GlobalSetup]
    public void Setup() => _bench = new CodecBench(PayloadBytes, TimeProvider.System);

    [Benchmark(OperationsPerInvoke = CodecBench.Batch)]
    public void DecodeRequest() => _bench.DecodeRequest();

    [Benchmark(OperationsPerInvoke = CodecBench.Batch)]
    public void EncodeWork() => _bench.EncodeWork();

    [Benchmark(OperationsPerInvoke = CodecBench.Batch)]
    public void DecodeResult() => _bench.DecodeResult();

    [Benchmark(OperationsPerInvoke = CodecBench.Batch)]
    public void EncodeDecision() => _bench.EncodeDecision();
}
