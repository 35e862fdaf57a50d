namespace StreamSched.Core.Scheduling;

/// <summary>What a learning policy is told with an outcome, beside the request.</summary>
/// <param name="Accuracy">Of the variant, 0..1.</param>
/// <param name="Watts">What the processor draws while it works.</param>
/// <param name="TariffPerSecond">What the processor costs, per second.</param>
/// <param name="NetworkCost">What the request costs on its link.</param>
internal readonly record struct LearnerContext(float Accuracy, float Watts, float TariffPerSecond, float NetworkCost);
