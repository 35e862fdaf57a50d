using StreamSched.Analysis.Twins;
using StreamSched.Avro.Records;
using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;
using StreamSched.Core.Requests;
using StreamSched.Core.Scheduling;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Worlds;

namespace StreamSched.Analysis.Worlds;

/// <summary>What the topics of a cluster like a simulated world would show of it, so that a twin can be made of the world.</summary>
/// <param name="scenario">The world.</param>
internal sealed class ObservedWorld(Scenario scenario)
{
    private readonly Dictionary<long, ObservedRequest> _open = [];

    /// <summary>What was seen so far.</summary>
    public ObservedLog Log { get; } = new();

    /// <summary>Takes the workers as they registered.</summary>
    /// <param name="scheduler">One that knows them.</param>
    public void Register(Scheduler scheduler)
    {
        foreach (var worker in scheduler.View.Workers.Values) Log.Take(worker.Description);
    }

    /// <summary>Takes a decision.</summary>
    /// <param name="id">Number of the request.</param>
    /// <param name="by">Who decided.</param>
    /// <param name="name">Its name.</param>
    /// <param name="request">The request.</param>
    /// <param name="decision">What was decided.</param>
    /// <param name="candidates">The predictions.</param>
    /// <param name="now">µs.</param>
    public void Decided(long id, Scheduler by, string name, in Request request, in Decision decision, Candidates candidates, long now)
    {
        if (!_open.TryGetValue(id, out ObservedRequest? seen))
        {
            _open.Add(id, seen = new ObservedRequest
            {
                IsAsked = true, Task = by.View.TaskName(request.Task), Site = scenario.Sites[request.Site - 1].Name, Created = request.Started,
                Deadline = (long)(request.Deadline * 1e6), MinAccuracy = request.MinAccuracy, Weight = request.Weight, Bytes = request.PayloadBytes,
                Decided = now, Scheduler = name,
            });
        }

        seen.Attempts++;
        if (!decision.IsPlaced) return;
        int i = decision.Candidate, placement = candidates.Placement[i], processor = by.View.ProcessorOf(placement);
        (seen.PredictedOut, seen.PredictedBack) = (candidates.NetworkOut[i] * 1e6, candidates.NetworkBack[i] * 1e6);
        (seen.Worker, seen.Processor, seen.Variant) = (
            by.View.WorkerOf(processor)!.Description.Id, by.View.ProcessorId(processor), by.View.VariantOf(placement).Name);
    }

    /// <summary>Takes the end of a request, by the device's word.</summary>
    /// <param name="outcome">How it ended.</param>
    /// <param name="now">µs.</param>
    public void Ended(in Outcome outcome, long now)
    {
        if (!_open.Remove(outcome.Id, out ObservedRequest? seen)) return;
        seen.Finished = now - Micros(outcome.BackSeconds);
        if (outcome.Batch > 0)
        {
            (seen.Out, seen.Queue, seen.Service) = (Micros(outcome.OutSeconds), Micros(outcome.QueueSeconds), Micros(outcome.ServiceSeconds));
            (seen.Batch, seen.Company, seen.Joules, seen.Accuracy) = (outcome.Batch, outcome.Company, outcome.EnergyJoules, outcome.Accuracy);
            (seen.Status, seen.Received, seen.OnTime) = (ResultStatus.Ok, now, outcome.Status == OutcomeStatus.Success);
        }
        else
        {
            (seen.Worker, seen.Processor, seen.Variant) = ("", "", "");
            seen.Status = outcome.Status == OutcomeStatus.Rejected ? ResultStatus.Rejected : ResultStatus.Expired;
        }

        Log.Take(outcome.Id, seen);
    }

    private static long Micros(float seconds) => (long)((seconds * 1e6) + 0.5);
}
