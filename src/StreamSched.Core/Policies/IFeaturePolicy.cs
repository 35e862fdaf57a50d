namespace StreamSched.Core.Policies;

/// <summary>A policy that sees requests by features of its own. Records tell them of what was chosen, so that a learner can go on from there.</summary>
internal interface IFeaturePolicy : ISchedulingPolicy
{
    /// <summary>Version of the layout of its features, as its registration has it.</summary>
    int FeatureLayout { get; }

    /// <summary>What it saw of a candidate when it was last asked.</summary>
    /// <param name="candidate">Index of a feasible candidate.</param>
    /// <returns>Valid until it is asked again; empty: there is nothing to tell.</returns>
    ReadOnlySpan<float> SeenOf(int candidate);
}
