using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using StreamSched.Benchmarks;

// In this process: BenchmarkDotNet would build a project of its own outside this checkout, without its packages.
IConfig config = DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
    .WithArtifactsPath(Path.Combine("artifacts", "benchmarks"));
BenchmarkSwitcher.FromTypes([typeof(DecideBenchmarks), typeof(CodecBenchmarks)]).Run(args, config);
