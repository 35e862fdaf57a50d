namespace StreamSched.Simulation.Experiments;

/// <summary>One application under one policy; means over seeds with 95 % intervals.</summary>
/// <param name="Application">The application.</param>
/// <param name="Success">Share answered in time.</param>
/// <param name="Reject">Share refused.</param>
/// <param name="Failure">Share neither answered in time nor refused.</param>
/// <param name="Accuracy">Mean accuracy of the answers in time.</param>
/// <param name="P99">99th percentile of the answers' latency, in seconds.</param>
public sealed record ApplicationReport(string Application, Interval Success, Interval Reject, Interval Failure, Interval Accuracy, Interval P99);
