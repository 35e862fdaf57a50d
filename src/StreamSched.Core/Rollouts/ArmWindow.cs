using StreamSched.Core.Policies;

namespace StreamSched.Core.Rollouts;

/// <summary>Who serves at an instant.</summary>
/// <param name="Arm">Whose window it is.</param>
/// <param name="Window">Its number from 0; -1: outside the plan.</param>
public readonly record struct ArmWindow(Arm Arm, int Window);
