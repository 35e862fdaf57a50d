using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;
using StreamSched.Core.Requests;

namespace StreamSched.Simulation.Worlds;

/// <summary>Sees what happens in a world: for learners and traces. Called in the order of virtual time.</summary>
public abstract class WorldObserver
{
    /// <summary>A scheduler took a request in; it decides on it next.</summary>
    /// <param name="id">Number of the request.</param>
    /// <param name="now">µs.</param>
    public virtual void Received(long id, long now)
    {
    }

    /// <summary>A scheduler decided.</summary>
    /// <param name="id">Number of the request.</param>
    /// <param name="scheduler">Index of the scheduler.</param>
    /// <param name="request">The request.</param>
    /// <param name="decision">What was decided.</param>
    /// <param name="candidates">The predictions, valid during the call.</param>
    /// <param name="now">µs.</param>
    public virtual void Decided(long id, int scheduler, in Request request, in Decision decision, Candidates candidates, long now)
    {
    }

    /// <summary>A request ended.</summary>
    /// <param name="outcome">How.</param>
    /// <param name="now">µs.</param>
    public virtual void Ended(in Outcome outcome, long now)
    {
    }

    /// <summary>It was found out whether an answer is right. Only where the scenario has labels; those that would come after the last request has ended do
    /// not come.</summary>
    /// <param name="id">Number of the request, which has ended.</param>
    /// <param name="correct">Whether it is.</param>
    /// <param name="now">µs.</param>
    public virtual void Labelled(long id, bool correct, long now)
    {
    }
}
