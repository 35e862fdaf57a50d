using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.Requests;
using StreamSched.Core.Scheduling;

namespace StreamSched.Tests.Core;

/// <summary>Requests under way at a scheduler, for tests that decide without a lifecycle.</summary>
internal sealed class RequestRows(Scheduler scheduler)
{
    private readonly Stack<int> _free = new();
    private RequestEntry[] _rows = new RequestEntry[64];
    private int _end;

    public ref readonly RequestEntry this[int handle] => ref _rows[handle];

    public Decision Decide(in Request request, long now)
    {
        int handle = _free.TryPop(out int free) ? free : _end++;
        if (handle == _rows.Length) Array.Resize(ref _rows, 2 * handle);
        _rows[handle] = new RequestEntry(handle, request);
        Decision decision = scheduler.Decide(ref _rows[handle], now);
        if (!decision.IsPlaced) _free.Push(handle);
        return decision;
    }

    public bool IsLost(int handle) => scheduler.IsLost(_rows[handle]);

    public void Answered(int handle, AnswerKind kind, in Measurement measured, long now)
    {
        scheduler.Answered(ref _rows[handle], kind, measured, now);
        _free.Push(handle);
    }

    public void WriteOff(int handle, long now)
    {
        scheduler.WriteOff(ref _rows[handle], now);
        _free.Push(handle);
    }

    public void Unanswered(int handle, long now)
    {
        scheduler.Unanswered(ref _rows[handle], now);
        _free.Push(handle);
    }
}
