namespace StreamSched.Simulation.Scenarios;

internal enum ArrivalKind
{
    Poisson,
    MarkovModulated,
    Streams,
    Trace,
}
