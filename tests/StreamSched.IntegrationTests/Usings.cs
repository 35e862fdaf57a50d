global using Xunit;

// Tests wait for brokers, sessions and deadlines more than they compute: four at a time on two cores.
[assembly: Xunit.v3.Parallelization(MaxThreads = 4)]
