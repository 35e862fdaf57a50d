namespace StreamSched.Learning.Rollouts;

/// <summary>Takes the steps of a roll-out, in their order.</summary>
public interface IRolloutSink
{
    /// <summary>Takes a step, which is in force at once.</summary>
    /// <param name="taken">The step.</param>
    void Stepped(RolloutStep taken);
}
