using StreamSched.Core.Policies;
using StreamSched.Core.Requests;

namespace StreamSched.Simulation.Worlds;

/// <summary>The end of one request.</summary>
/// <param name="Id">Its number, as in <see cref="WorldObserver.Decided"/>.</param>
/// <param name="Application">Index of its application.</param>
/// <param name="Status">How it ended.</param>
/// <param name="Reason">Why it was refused.</param>
/// <param name="Worker">Index of the worker that answered; -1: none.</param>
/// <param name="Accuracy">True accuracy of the variant that answered, while it ran; what is registered stays as it was when that changes.</param>
/// <param name="LatencySeconds">From the device's making it until the device held the answer.</param>
/// <param name="Deadline">Seconds.</param>
/// <param name="OutSeconds">From its scheduler to the worker.</param>
/// <param name="QueueSeconds">Waiting on the worker.</param>
/// <param name="ServiceSeconds">Batch time.</param>
/// <param name="Batch">How many ran together; 0: nothing ran.</param>
/// <param name="Company">How many other batches ran on the worker when its own began.</param>
/// <param name="BackSeconds">From the end of the run to the device.</param>
/// <param name="EnergyJoules">Its part of what the batch drew, modelled.</param>
/// <param name="Cost">Its share of the tariff, and of the links' price.</param>
/// <param name="Attempt">How often it was sent, less one.</param>
/// <param name="Counted">Whether it was made after the warm-up.</param>
public readonly record struct Outcome(
    long Id, int Application, OutcomeStatus Status, RejectReason Reason, int Worker, float Accuracy, float LatencySeconds, float Deadline, float OutSeconds,
    float QueueSeconds, float ServiceSeconds, int Batch, int Company, float BackSeconds, float EnergyJoules, float Cost, int Attempt, bool Counted)
{
    /// <summary>What it was worth.</summary>
    /// <param name="value">What outcomes are worth.</param>
    /// <param name="weight">Weight of its application.</param>
    public double Worth(ValueWeights value, float weight)
    {
        double late = Batch > 0 ? LatencySeconds / Math.Max(Deadline, 1e-6) : 0;
        return (Status == OutcomeStatus.Success ? value.Answer(Accuracy, weight) : 0) - value.Costs(EnergyJoules, (float)late, Cost);
    }
}
