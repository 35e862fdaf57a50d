using System.Diagnostics.CodeAnalysis;
using StreamSched.Avro;
using StreamSched.Avro.Binary;
using StreamSched.Avro.Records;
using StreamSched.Avro.Schemas;

namespace StreamSched.Tests.Avro;

/// <summary>The generated codecs of one message, so that a test can run over all of them.</summary>
internal abstract class WireCodec
{
    public static IReadOnlyList<WireCodec> All { get; } =
    [
        new Of<AccuracyEstimatesView, AccuracyEstimates>(), new Of<ExperienceView, Experience>(), new Of<FeedbackView, Feedback>(),
        new Of<InferenceRequestView, InferenceRequest>(), new Of<InferenceResultView, InferenceResult>(), new Of<PolicySnapshotView, PolicySnapshot>(),
        new Of<RolloutStepView, RolloutStep>(), new Of<SchedulerLoadView, SchedulerLoad>(),
        new Of<SchedulingDecisionView, SchedulingDecision>(), new Of<WorkItemView, WorkItem>(), new Of<WorkerRegistrationView, WorkerRegistration>(),
        new Of<WorkerTelemetryView, WorkerTelemetry>(),
    ];

    public static TheoryData<string> Names => [.. All.Select(codec => codec.Schema.Name)];

    public static WireCodec Named(string name) => All.Single(codec => codec.Schema.Name == name);

    public abstract WireSchema Schema { get; }

    public abstract bool TryRecord(ReadOnlySpan<byte> body, [NotNullWhen(true)] out object? record, out AvroFault fault);

    public abstract bool TryView(ReadOnlySpan<byte> body, out AvroFault fault);

    public abstract byte[] EncodeRecord(object record);

    public abstract byte[] Frame(object record);

    /// <summary>Decodes into a view and encodes that.</summary>
    public abstract byte[] ThroughView(ReadOnlySpan<byte> body);

    /// <summary>Decodes into a view and encodes that into a buffer, without allocating.</summary>
    public abstract int ThroughView(ReadOnlySpan<byte> body, Span<byte> destination);

    private sealed class Of<TView, TRecord> : WireCodec
        where TView : struct, IWireView<TView, TRecord>, allows ref struct
        where TRecord : class, IWireRecord<TRecord>
    {
        public override WireSchema Schema => TRecord.Schema;

        public override bool TryRecord(ReadOnlySpan<byte> body, [NotNullWhen(true)] out object? record, out AvroFault fault)
        {
            bool ok = TRecord.TryDecode(body, out var value, out fault);
            record = value;
            return ok;
        }

        public override bool TryView(ReadOnlySpan<byte> body, out AvroFault fault) => TView.TryDecode(body, out _, out fault);

        public override byte[] EncodeRecord(object record)
        {
            byte[] body = new byte[((TRecord)record).GetEncodedLength()];
            Assert.Equal(body.Length, ((TRecord)record).Encode(body));
            return body;
        }

        public override byte[] Frame(object record) => ((TRecord)record).ToFramed();

        public override byte[] ThroughView(ReadOnlySpan<byte> body)
        {
            Assert.True(TView.TryDecode(body, out var view, out var fault), fault.ToString());
            byte[] again = new byte[view.GetEncodedLength()];
            Assert.True(view.TryEncode(again, out int written));
            Assert.Equal(again.Length, written);
            Assert.False(view.TryEncode(new byte[again.Length - 1], out _));
            return again;
        }

        public override int ThroughView(ReadOnlySpan<byte> body, Span<byte> destination)
        {
            if (!TView.TryDecode(body, out var view, out _) || view.GetEncodedLength() > destination.Length) return -1;
            return view.TryEncode(destination, out int written) ? written : -1;
        }
    }
}
