global using Xunit;

// Tests wait for brokers, sessions and deadlines more than they compute: four at a time on two cores.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.All, MaxThreads = 4)]
