using System.Buffers.Text;
using System.Text;
using StreamSched.Avro.Binary;
using StreamSched.Avro.Records;

namespace StreamSched.Bench;

/// <summary>
/// The records of the routing benchmark, encoded once: for each further request only the id, the site and the instant are overwritten in place, so that feeding
/// costs as little as possible beside what is measured. Request n of partition p has an id that follows from n and p.
/// </summary>
internal sealed class RouteRecords
{
    /// <summary>The task that all requests ask for.</summary>
    public const string Task = "bench";

    /// <summary>Where devices and workers stand.</summary>
    public const int Sites = 8;

    /// <summary>What each placement is registered with; results report the same, so that predictions stay as they are.</summary>
    public const double ServiceMicros = 100;

    /// <summary>The incarnation of the benchmark's workers.</summary>
    public const long Incarnation = 1;

    private const string IdHead = "01900000-0000-7000-8000-";
    private const int InstantBytes = 8; // of an Avro long of µs since 1970, until the year 2540
    private readonly byte[] _request;
    private readonly byte[] _result;
    private readonly int _requestId;
    private readonly int _site;
    private readonly int _created;
    private readonly int _resultId;
    private readonly int _finished;

    /// <summary>Encodes the records.</summary>
    /// <param name="payloadBytes">Size of a request's payload.</param>
    /// <param name="run">Tells the ids of runs apart, 0..65535.</param>
    /// <param name="now">µs since 1970.</param>
    public RouteRecords(int payloadBytes, int run, long now)
    {
        string head = IdHead[..9] + run.ToString("x4", System.Globalization.CultureInfo.InvariantCulture) + IdHead[13..];
        Guid id = Guid.Parse(head + "aaaaaaaaaaaa");
        _request = new InferenceRequest
        {
            Id = id, Device = "bench-device-01", Site = SiteName(0), Task = Task, Created = now, DeadlineMicros = 10_000_000, Weight = 1,
            Encoding = PayloadEncoding.Grey8, Payload = new byte[payloadBytes],
        }.ToFramed();
        _result = new InferenceResult
        {
            Id = id, Device = "bench-device-01", Task = Task, Site = SiteName(0), Status = ResultStatus.Ok, Scheduler = "bench-scheduler", Worker = WorkerId(0),
            Incarnation = Incarnation, Processor = "cpu", Variant = "m-00", Digest = new byte[32], Attempt = 1, Created = now, Deadline = now + 10_000_000,
            Finished = now + 777_777, NetworkMicros = 500, QueueMicros = 100, ServiceMicros = (long)ServiceMicros, Batch = 1, EnergyJoules = 0.001,
            EnergySource = EnergySource.Modelled, Money = 0.000001, Accuracy = 0.9f,
            Output = new InferenceOutput { Label = 3, LabelName = "dress", Shape = [10], Values = new float[10] },
        }.ToFramed();
        byte[] digits = Encoding.ASCII.GetBytes("aaaaaaaaaaaa");
        (_requestId, _resultId) = (_request.AsSpan().IndexOf(digits), _result.AsSpan().IndexOf(digits));
        _site = _request.AsSpan().IndexOf("site-0"u8) + 5;
        _created = _request.AsSpan().IndexOf(Instant(now));
        _finished = _result.AsSpan().IndexOf(Instant(now + 777_777));
        if (_requestId < 0 || _resultId < 0 || _site < 5 || _created < 0 || _finished < 0)
            throw new InvalidOperationException("the schemas have changed: the benchmark no longer finds its fields");
    }

    /// <summary>Size of a request.</summary>
    public int RequestBytes => _request.Length;

    /// <summary>A worker's id.</summary>
    public static string WorkerId(int worker) => $"bench-{worker:00}";

    /// <summary>A site's name.</summary>
    public static string SiteName(int site) => $"site-{site % Sites}";

    /// <summary>The next request; valid until the next one.</summary>
    /// <param name="partition">Its partition.</param>
    /// <param name="number">Its number in the partition.</param>
    /// <param name="now">µs.</param>
    public byte[] Request(int partition, long number, long now)
    {
        WriteDigits(_request.AsSpan(_requestId, 12), partition, number);
        _request[_site] = (byte)('0' + (number % Sites));
        WriteInstant(now, _request.AsSpan(_created, InstantBytes));
        return _request;
    }

    /// <summary>The answer to a request; valid until the next one.</summary>
    /// <param name="partition">The request's partition.</param>
    /// <param name="number">Its number in the partition.</param>
    /// <param name="now">µs.</param>
    public byte[] Result(int partition, long number, long now)
    {
        WriteDigits(_result.AsSpan(_resultId, 12), partition, number);
        WriteInstant(now, _result.AsSpan(_finished, InstantBytes));
        return _result;
    }

    private static void WriteDigits(Span<byte> digits, int partition, long number) =>
        Utf8Formatter.TryFormat(((long)partition << 40) | number, digits, out _, new System.Buffers.StandardFormat('x', 12));

    private static byte[] Instant(long micros)
    {
        byte[] bytes = new byte[InstantBytes];
        WriteInstant(micros, bytes);
        return bytes;
    }

    private static void WriteInstant(long micros, Span<byte> destination)
    {
        AvroWriter writer = new(destination);
        writer.WriteLong(micros);
    }
}
