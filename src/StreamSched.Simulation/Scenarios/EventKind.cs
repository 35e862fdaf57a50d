namespace StreamSched.Simulation.Scenarios;

internal enum EventKind
{
    SlowDown,
    Crash,
    Link,
    Load,
    Accuracy,
    Spread,
    Interference,
    Join,
}
