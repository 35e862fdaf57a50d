namespace StreamSched.Simulation.Worlds;

/// <summary>One attempt at a request: what travels to a worker and back. It may outlive its request, whose answer came from another attempt.</summary>
internal struct Copy
{
    public int Request;
    public long RequestId;
    public int Scheduler;

    /// <summary>Of the request at its scheduler, valid while the request is open.</summary>
    public int Handle;
    public int Attempt;
    public int Worker;
    public int Incarnation;
    public int Processor;
    public int Variant;
    public bool AtWorker;
    public int Batch;

    /// <summary>Other batches on the worker when its own began.</summary>
    public int Company;
    public float ServiceFactor;
    public float Spread;
    public float PredictedOut;
    public float Out;
    public float BatchSeconds;
    public float Interference;
    public float Accuracy;
    public float EnergyJoules;
    public float Cost;
    public long Arrived;
    public long Started;
    public long Finished;
    public long AnswerBy;
}
