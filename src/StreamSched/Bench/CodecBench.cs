using System.Text.Json.Serialization;
using StreamSched.Avro.Records;

namespace StreamSched.Bench;

/// <summary>What reading and writing the hot path's records costs, on records as the dispatcher writes and reads them.</summary>
internal sealed class CodecBench
{
    public const int Batch = 1000;
    private readonly byte[] _request;
    private readonly byte[] _result;
    private readonly byte[] _work;
    private readonly byte[] _decision;
    private readonly byte[] _buffer;
    private long _sink;

    /// <summary>Makes the records.</summary>
    public CodecBench(int payloadBytes, TimeProvider time)
    {
        RouteRecords records = new(payloadBytes, 0, 1_800_000_000_000_000);
        (_request, _result) = (records.Request(0, 1, 1_800_000_000_000_000), records.Result(0, 1, 1_800_000_000_000_000));
        RouteSizes sizes = RouteSizes.Measure(Core.Policies.PolicyNames.Price, 64, payloadBytes, time);
        (_work, _decision, _buffer) = (sizes.Work, sizes.ShortDecision, new byte[sizes.Work.Length + 1024]);
    }

    /// <summary>Times all of them.</summary>
    public static IReadOnlyList<CodecCost> Measure(int payloadBytes, double seconds, TimeProvider time)
    {
        CodecBench bench = new(payloadBytes, time);
        JoinBench join = new();
        MicroFigure joined = MicroBench.Measure(join.Join, Batch, seconds);
        return
        [
            new("request", "decode", bench._request.Length, MicroBench.Measure(bench.DecodeRequest, Batch, seconds)),
            new("work item", "encode", bench._work.Length, MicroBench.Measure(bench.EncodeWork, Batch, seconds)),
            new("work item", "decode", bench._work.Length, MicroBench.Measure(bench.DecodeWork, Batch, seconds)),
            new("result", "encode", bench._result.Length, MicroBench.Measure(bench.EncodeResult, Batch, seconds)),
            new("result", "decode", bench._result.Length, MicroBench.Measure(bench.DecodeResult, Batch, seconds)),
            new("decision, short", "encode", bench._decision.Length, MicroBench.Measure(bench.EncodeDecision, Batch, seconds)),
            new("decision, short", "decode", bench._decision.Length, MicroBench.Measure(bench.DecodeDecision, Batch, seconds)),
            new("experience", "join", join.Size, joined),
        ];
    }

    /// <summary>Decodes a request.</summary>
    public void DecodeRequest()
    {
        for (int i = 0; i < Batch; i++)
        {
            if (!InferenceRequestView.TryDecodeFramed(_request, out InferenceRequestView view, out _))
                throw new InvalidOperationException("the request does not decode");
            _sink += view.Created + view.Payload.Length;
        }
    }

    /// <summary>Encodes a work item.</summary>
    public void EncodeWork()
    {
        WorkItemView.TryDecodeFramed(_work, out WorkItemView view, out _);
        for (int i = 0; i < Batch; i++)
        {
            if (!view.TryEncodeFramed(_buffer, out int written)) throw new InvalidOperationException("the work item does not fit");
            _sink += written;
        }
    }

    /// <summary>Decodes a work item.</summary>
    public void DecodeWork()
    {
        for (int i = 0; i < Batch; i++)
        {
            if (!WorkItemView.TryDecodeFramed(_work, out WorkItemView view, out _)) throw new InvalidOperationException("the work item does not decode");
            _sink += view.Deadline;
        }
    }

    /// <summary>Encodes a result.</summary>
    public void EncodeResult()
    {
        InferenceResultView.TryDecodeFramed(_result, out InferenceResultView view, out _);
        for (int i = 0; i < Batch; i++)
        {
            if (!view.TryEncodeFramed(_buffer, out int written)) throw new InvalidOperationException("the result does not fit");
            _sink += written;
        }
    }

    /// <summary>Decodes a result.</summary>
    public void DecodeResult()
    {
        for (int i = 0; i < Batch; i++)
        {
            if (!InferenceResultView.TryDecodeFramed(_result, out InferenceResultView view, out _))
                throw new InvalidOperationException("the result does not decode");
            _sink += view.ServiceMicros;
        }
    }

    /// <summary>Encodes a decision.</summary>
    public void EncodeDecision()
    {
        SchedulingDecisionView.TryDecodeFramed(_decision, out SchedulingDecisionView view, out _);
        for (int i = 0; i < Batch; i++)
        {
            if (!view.TryEncodeFramed(_buffer, out int written)) throw new InvalidOperationException("the decision does not fit");
            _sink += written;
        }
    }

    /// <summary>Decodes a decision.</summary>
    public void DecodeDecision()
    {
        for (int i = 0; i < Batch; i++)
        {
            if (!SchedulingDecisionView.TryDecodeFramed(_decision, out SchedulingDecisionView view, out _))
                throw new InvalidOperationException("the decision does not decode");
            _sink += view.At;
        }
    }
}

/// <summary>What a codec costs.</summary>
/// <param name="Record">Which record.</param>
/// <param name="Operation">Encode or decode.</param>
/// <param name="Size">Bytes of the record.</param>
/// <param name="Figure">Per record.</param>
internal sealed record CodecCost(string Record, [property: JsonPropertyName("way")] string Operation, int Size, MicroFigure Figure);
