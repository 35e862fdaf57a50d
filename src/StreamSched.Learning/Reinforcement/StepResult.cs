namespace StreamSched.Learning.Reinforcement;

/// <summary>What an action led to.</summary>
/// <param name="Reward">Reward of this step.</param>
/// <param name="Terminated">The episode ended, nothing more can be earned.</param>
/// <param name="Truncated">The episode was cut off (a time limit), though more could have been earned.</param>
public readonly record struct StepResult(float Reward, bool Terminated, bool Truncated);
