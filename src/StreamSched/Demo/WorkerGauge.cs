namespace StreamSched.Demo;

/// <summary>How a worker stands in the scheduler's view, for the screen.</summary>
/// <param name="Worker">Its id.</param>
/// <param name="Available">Whether it gets work.</param>
/// <param name="InFlight">Requests sent and not answered.</param>
/// <param name="BacklogMs">Predicted waiting.</param>
/// <param name="QueueMs">Virtual queue: work beyond what it can do.</param>
/// <param name="Price">Of a millisecond of its time, in units of value.</param>
/// <param name="Utilisation">0..1.</param>
internal readonly record struct WorkerGauge(string Worker, bool Available, int InFlight, double BacklogMs, double QueueMs, double Price, double Utilisation);
