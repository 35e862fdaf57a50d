using StreamSched.Analysis.Twins;
using StreamSched.Avro.Records;
using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.Serving;

namespace StreamSched.Tests.Analysis;

/// <summary>The log of a cluster whose laws are known, record by record as the roles write them.</summary>
internal sealed class TwinLog
{
    public const long Start = 1_700_000_000_000_000;
    private RandomStream _random = RandomStream.For(1, "twin");
    private int _count;

    public ObservedLog Log { get; } = new();

    public static WorkerDescription Worker(string id, string site, int slots = 1, InterferenceTable? interference = null) => new()
    {
        Id = id, Site = site, Class = "board", Incarnation = 1, Processors = [new ProcessorDescription { Id = "cpu", Slots = slots, ActiveWatts = 10 }],
        Interference = interference ?? InterferenceTable.None,
        Variants =
        [
            new VariantDescription
            {
                Name = "small", Task = "fashion", Accuracy = 0.9f,
                Services = new Dictionary<string, ServiceTable> { ["cpu"] = new ServiceTable([1, 4], [0.010f, 0.025f], 4) },
            },
        ],
    };

    /// <summary>A log-normal time.</summary>
    /// <param name="mean">Its mean.</param>
    /// <param name="sigma">Standard deviation of the logarithm.</param>
    public double Draw(double mean, double sigma) => mean * Math.Exp((sigma * Normal()) - (sigma * sigma / 2));

    public double Uniform() => _random.NextDouble();

    public double Exponential() => _random.NextExponential();

    /// <summary>Telemetry of a worker, each quarter of a second between two instants.</summary>
    public void Telemetry(string worker, double from, double to)
    {
        for (double at = from; at < to; at += 0.25)
        {
            WorkerTelemetryView.TryDecodeFramed(
                new WorkerTelemetry { Worker = worker, Incarnation = 1, At = Micros(at), Processors = [] }.ToFramed(), out WorkerTelemetryView view, out _);
            Log.Take(view);
        }
    }

    /// <summary>Requests that are made together, decided on together and answered by one run.</summary>
    public void Answer(double at, string worker, TwinTimes times, int batch = 1, int company = 0, string site = "plant", bool? isRight = null)
    {
        for (int i = 0; i < batch; i++)
        {
            Guid id = new(++_count, 0, 7, new byte[8]);
            Ask(id, at, site);
            double decided = at + times.Access, arrived = decided + times.Out, finished = arrived + times.Queue + times.Service;
            SchedulingDecisionView.TryDecodeFramed(new SchedulingDecision
            {
                Id = id, Device = "cam", At = Micros(decided), Task = "fashion", Scheduler = "s1", Policy = "price", Attempt = 1, Worker = worker,
                Digest = PolicyDigest.Of("price")[..PolicyDigest.ShortLength].ToArray(), Features = [], Next = [],
                Prediction = new Prediction { NetworkOut = 0.005f, NetworkBack = 0.003f },
            }.ToFramed(), out SchedulingDecisionView decision, out _);
            Log.Take(decision);
            InferenceResultView.TryDecodeFramed(new InferenceResult
            {
                Id = id, Device = "cam", Task = "fashion", Site = site, Status = ResultStatus.Ok, Scheduler = "s1", Worker = worker, Incarnation = 1,
                Processor = "cpu", Variant = "small", Attempt = 1, Created = Micros(at), Deadline = Micros(at + 0.2), Finished = Micros(finished),
                NetworkMicros = Length(times.Out), QueueMicros = Length(times.Queue), ServiceMicros = Length(times.Service), Batch = batch,
                Company = company == 0 ? [] : new Dictionary<string, int> { ["small"] = company }, Accuracy = 0.9f, EnergyJoules = 10 * times.Service / batch,
                Output = new InferenceOutput { Label = 1, Shape = [], Values = [] },
            }.ToFramed(), out InferenceResultView result, out _);
            Log.Take(result);
            FeedbackView.TryDecodeFramed(new Feedback
            {
                Id = id, Device = "cam", At = Micros(finished + times.Back), Received = Micros(finished + times.Back),
                Label = isRight is { } right ? right ? 1 : 2 : null,
            }.ToFramed(), out FeedbackView feedback, out _);
            Log.Take(feedback);
        }
    }

    /// <summary>A request that was refused.</summary>
    public void Reject(double at, string task, float minAccuracy, string reason)
    {
        Guid id = new(++_count, 0, 7, new byte[8]);
        Ask(id, at, "plant", task, minAccuracy);
        InferenceResultView.TryDecodeFramed(new InferenceResult
        {
            Id = id, Device = "cam", Task = task, Site = "plant", Status = ResultStatus.Rejected, Reason = reason, Scheduler = "s1", Created = Micros(at),
            Deadline = Micros(at + 0.2), Finished = Micros(at + 0.002), Company = [],
        }.ToFramed(), out InferenceResultView result, out _);
        Log.Take(result);
    }

    private void Ask(Guid id, double at, string site, string task = "fashion", float? minAccuracy = null)
    {
        InferenceRequestView.TryDecodeFramed(new InferenceRequest
        {
            Id = id, Device = "cam", Site = site, Task = task, Created = Micros(at), DeadlineMicros = 200_000, Payload = new byte[784], Shape = [],
            MinAccuracy = minAccuracy,
        }.ToFramed(), out InferenceRequestView request, out _);
        Log.Take(request);
    }

    private static long Micros(double at) => Start + Length(at);

    private static long Length(double seconds) => (long)Math.Round(seconds * 1e6);

    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
}
