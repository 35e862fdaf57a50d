using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;
using StreamSched.Core.Requests;

namespace StreamSched.Core.Scheduling;

/// <summary>
/// What a <see cref="RequestLifecycle{TBody}"/> needs of the world around it, Kafka or a simulated one. Calls come on its thread,
/// and may read the lifecycle but not change it.
/// </summary>
public interface ILifecycleDriver
{
    /// <summary>A request is decided on next: where decisions are timed, the time begins.</summary>
    void Deciding();

    /// <summary>A request was decided on.</summary>
    /// <param name="handle">The request.</param>
    /// <param name="decision">What was decided.</param>
    /// <param name="candidates">What it was chosen from; valid during the call. Where no worker was known for the task, those of an earlier request.</param>
    /// <param name="now">µs since 1970.</param>
    void Decided(int handle, in Decision decision, Candidates candidates, long now);

    /// <summary>A decision is final for now, and can be recorded: the request is on its way to its worker, or is rejected next.</summary>
    /// <param name="handle">The request.</param>
    /// <param name="decision">What was decided.</param>
    /// <param name="candidates">What it was chosen from, as in <see cref="Decided"/>.</param>
    /// <param name="now">µs since 1970.</param>
    void Record(int handle, in Decision decision, Candidates candidates, long now);

    /// <summary>A request goes to the worker that its entry names.</summary>
    /// <param name="handle">The request.</param>
    /// <param name="now">µs since 1970.</param>
    void Dispatch(int handle, long now);

    /// <summary>The scheduler answers a request itself, as its entry says.</summary>
    /// <param name="handle">The request.</param>
    /// <param name="again">Whether the same answer was given before and did not come back.</param>
    /// <param name="now">µs since 1970.</param>
    void Answer(int handle, bool again, long now);

    /// <summary>Reads a request anew whose task no worker had offered when it was taken in.</summary>
    /// <param name="handle">The request.</param>
    Request Resolve(int handle);

    /// <summary>A request has ended, or belongs to another scheduler: its row is given away next.</summary>
    /// <param name="handle">The request.</param>
    void Released(int handle);
}
