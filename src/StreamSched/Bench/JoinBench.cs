using StreamSched.Avro;
using StreamSched.Avro.Records;
using StreamSched.Avro.Schemas;
using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;
using StreamSched.Learners;
using StreamSched.Learning.Joins;
using StreamSched.Schedulers;

namespace StreamSched.Bench;

/// <summary>What joining a decision with its result costs: both are read, and the experience is written, as bytes.</summary>
internal sealed class JoinBench
{
    private const int InFlight = 64, Kept = 1 << 13,
        KeptBytes = 1 << 20, BufferBytes = 1 << 20, WarmBatches = 50, IdAt = Framing.HeaderLength + 1, CounterDigits = 8;
    private const long Start = 1_800_000_000_000_000, BetweenMicros = 10;
    private readonly byte[] _decision, _result;
    private readonly JoinedPartition _partition;
    private long _next;
    private long _bytes;

    /// <summary>Makes the records.</summary>
    public JoinBench()
    {
        _decision = new SchedulingDecision
        {
            Id = Guid.Parse("00000000-aaaa-7bbb-8ccc-0123456789ab"), Device = "camera-12", At = Start, Task = "fashion", Deadline = Start + 100_000, Weight = 1,
            Attempt = 1, Scheduler = "scheduler-1", Policy = PolicyNames.Neural, PolicyVersion = 3, Digest = new byte[PolicyDigest.ShortLength],
            Worker = "edge-1", Processor = "cpu", Variant = "fashion-s", Propensity = 0.99, Candidates = 64, Feasible = 40, SampleRate = 0.01,
            Prediction = new Prediction { Service = 0.01f, Accuracy = 0.9f, OnTime = 0.99f }, FeatureLayout = FeatureEncoder.RatioLayout,
            Features = new float[FeatureEncoder.RatioFields],
            Next = [.. Enumerable.Range(2, 3).Select(i => new Alternative { Worker = $"edge-{i}", Processor = "cpu", Variant = "fashion-s" })],
        }.ToFramed();
        _result = new InferenceResult
        {
            Id = Guid.Parse("00000000-aaaa-7bbb-8ccc-0123456789ab"), Device = "camera-12", Task = "fashion", Site = "plant-a", Status = ResultStatus.Ok,
            Scheduler = "scheduler-1", Worker = "edge-1", Processor = "cpu", Variant = "fashion-s", Attempt = 1, Created = Start, Deadline = Start + 100_000,
            Finished = Start + 20_000, ServiceMicros = 10_000, Batch = 1, EnergyJoules = 0.1, Money = 0, Accuracy = 0.9f,
            Output = new InferenceOutput { Label = 3, LabelName = "dress", Values = new float[10] },
        }.ToFramed();
        MessageBuffers buffers = new(BufferBytes);
        ExperienceWriter writer = new(new ValueWeights(), buffers, new KeptRecords(KeptBytes), (_, record) => _bytes = record.Length, learner: null);
        _partition = new JoinedPartition(0, new JoinSettings { MostKept = Kept }, writer, buffers, new MessageDecoder(SchemaCatalogue.Own), 1);
        for (int i = 0; i < WarmBatches; i++) Join(); // until nothing grows any more
    }

    /// <summary>Joins that were made.</summary>
    public long Joined => _partition.Join.Counters.Joined;

    /// <summary>Bytes of the experience that was written last.</summary>
    public int Size => (int)_bytes;

    /// <summary>Joins <see cref="CodecBench.Batch"/> decisions.</summary>
    public void Join()
    {
        for (int i = 0; i < CodecBench.Batch; i++)
        {
            long at = Start + (_next * BetweenMicros);
            Number(_decision, _next);
            _partition.Decision(_decision, _next, at);
            if (_next >= InFlight)
            {
                Number(_result, _next - InFlight);
                _partition.Result(_result, _next - InFlight, at);
            }

            if (_next++ % InFlight == 0) _partition.Join.Advance(at);
            _ = _partition.Join.NeededDecision;
        }
    }

    // The first digits of the id.
    private static void Number(byte[] record, long number)
    {
        for (int digit = CounterDigits - 1; digit >= 0; digit--, number >>= 4) record[IdAt + digit] = (byte)"0123456789abcdef"[(int)(number & 15)];
    }
}
