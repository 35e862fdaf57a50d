using System.Text;
using StreamSched.Avro;
using StreamSched.Avro.Binary;
using StreamSched.Avro.Records;
using StreamSched.Core.Policies;
using StreamSched.Core.Scheduling;
using StreamSched.Kafka.Diagnostics;

namespace StreamSched.Schedulers;

/// <summary>Writes what this scheduler has sent to whom (<c>load</c>), into a buffer of its own.</summary>
internal sealed class LoadReporter(string schedulerId, long incarnation)
{
    /// <summary>Of reports that a scheduler writes before it has an incarnation, to see the brokers' stamps on them.</summary>
    public const long NoIncarnation = 0;

    private readonly byte[] _schedulerId = Encoding.UTF8.GetBytes(schedulerId);
    private readonly List<StreamSched.Core.Cluster.ProcessorLoad> _loads = [];
    private readonly Utf8Names _utf8 = new();
    private byte[] _rows = new byte[4096];
    private byte[] _record = new byte[8192];
    private IReadOnlyList<Condition> _told = [];
    private byte[] _conditions = [];
    private long _sequence;

    /// <summary>The framed record; valid until the next.</summary>
    /// <param name="scheduler">What was sent, and by which policy.</param>
    /// <param name="partitionShare">Assigned partitions over all; the view's own is 1 where there are none.</param>
    /// <param name="conditions">What an operator must know.</param>
    /// <param name="now">µs.</param>
    public ReadOnlySpan<byte> Write(Scheduler scheduler, float partitionShare, IReadOnlyList<Condition> conditions, long now)
    {
        scheduler.View.Report(_loads);
        if (!ReferenceEquals(conditions, _told)) (_told, _conditions) = (conditions, Encode(conditions));
        int length;
        while ((length = WriteRows()) < 0) _rows = new byte[2 * _rows.Length];
        SchedulerLoadView record = new()
        {
            Scheduler = _schedulerId, Incarnation = incarnation, Sequence = _sequence++, At = now, Share = partitionShare, Processors = _rows.AsSpan(0, length),
            Conditions = _conditions, Policy = Utf8(scheduler.Policy), PolicyVersion = scheduler.PolicyVersion,
            Digest = scheduler.PolicyDigest.Span[..PolicyDigest.ShortLength], Arm = (PolicyArm)scheduler.Arm,
        };
        return record.ToFramed(ref _record);
    }

    private int WriteRows()
    {
        AvroWriter writer = new(_rows);
        writer.WriteBlock(_loads.Count);
        foreach (StreamSched.Core.Cluster.ProcessorLoad load in _loads)
        {
            new ProcessorLoadView
            {
                Worker = Utf8(load.Worker), Incarnation = load.Incarnation, Processor = Utf8(load.Processor),
                SentMicros = (long)(load.Sent * 1e6), FinishedMicros = (long)(load.Finished * 1e6),
            }.Write(ref writer);
        }

        writer.WriteEnd();
        return writer.Overflowed ? -1 : writer.Written.Length;
    }

    private static byte[] Encode(IReadOnlyList<Condition> conditions)
    {
        if (conditions.Count == 0) return [];
        (byte[] Code, byte[] Subject, byte[] Text)[] told =
            [.. Conditions.Reported(conditions)
                .Select(c => (Encoding.UTF8.GetBytes(c.Code), Encoding.UTF8.GetBytes(c.Subject), Encoding.UTF8.GetBytes(c.Text)))];
        byte[] bytes = new byte[16 + told.Sum(c => 15 + c.Code.Length + c.Subject.Length + c.Text.Length)];
        AvroWriter writer = new(bytes);
        writer.WriteBlock(told.Length);
        foreach ((byte[] code, byte[] subject, byte[] text) in told) new LoadConditionView { Code = code, Subject = subject, Text = text }.Write(ref writer);
        writer.WriteEnd();
        return writer.Written.ToArray();
    }

    private byte[] Utf8(string text) => _utf8.Of(text);
}
