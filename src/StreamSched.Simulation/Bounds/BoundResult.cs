namespace StreamSched.Simulation.Bounds;

/// <summary>What no policy can exceed.</summary>
/// <param name="Value">Mean value per counted request, over the mean weight: comparable with the value of a run.</param>
/// <param name="Unlimited">The same with as many machines as one likes: what deadlines and variants alone allow.</param>
/// <param name="Optimistic">Whether it counts full batches or the best co-runners, which the world cannot always have.</param>
internal sealed record BoundResult(double Value, double Unlimited, bool Optimistic);
