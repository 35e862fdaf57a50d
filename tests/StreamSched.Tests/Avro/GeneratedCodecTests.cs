using Avro.Generic;
using Avro.IO;
using StreamSched.Avro;
using StreamSched.Avro.Binary;
using StreamSched.Avro.Records;
using StreamSched.Avro.Resolution;

namespace StreamSched.Tests.Avro;

/// <summary>The generated records and views against the specification and against Apache.Avro.</summary>
public class GeneratedCodecTests
{
    public static TheoryData<string> Names => WireCodec.Names;

    [Fact]
    public void Every_schema_of_the_contract_has_a_codec_and_the_other_way_round()
    {
        string[] files = [.. Directory.EnumerateFiles(Checkout.Path("schemas"), "*.avsc").Select(path => Path.GetFileNameWithoutExtension(path)!)
            .Order(StringComparer.Ordinal)];

        Assert.Equal(files, WireSchemas.All.Select(schema => schema.Name));
        Assert.Equal(WireSchemas.All, WireCodec.All.Select(codec => codec.Schema));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Random_bodies_come_back_byte_for_byte_from_records_and_from_views(string name)
    {
        var codec = WireCodec.Named(name);
        var bodies = new RandomBody(new Random(1));
        for (int i = 0; i < 2_000; i++)
        {
            byte[] body = bodies.Next(codec.Schema);

            Assert.True(codec.TryRecord(body, out object? record, out var fault), fault.ToString());
            Assert.Equal(body, codec.EncodeRecord(record));
            Assert.Equal(body, codec.ThroughView(body));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Apache_Avro_reads_and_writes_the_same_bytes(string name)
    {
        var codec = WireCodec.Named(name);
        var schema = RandomBody.Schema(codec.Schema).Schema;
        var reader = new GenericDatumReader<GenericRecord>(schema, schema);
        var writer = new GenericDatumWriter<GenericRecord>(schema);
        var bodies = new RandomBody(new Random(2));
        for (int i = 0; i < 1_000; i++)
        {
            byte[] body = bodies.Next(codec.Schema);
            Assert.True(codec.TryRecord(body, out object? record, out var fault), fault.ToString());

            var datum = reader.Read(null!, new BinaryDecoder(new MemoryStream(codec.EncodeRecord(record))));
            var encoded = new MemoryStream();
            writer.Write(datum, new BinaryEncoder(encoded));

            Assert.Equal(body, encoded.ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Several_blocks_and_blocks_with_their_size_are_read_as_one(string name)
    {
        var codec = WireCodec.Named(name);
        var schema = RandomBody.Schema(codec.Schema).Schema;
        var bodies = new RandomBody(new Random(3), blocks: true);
        var merged = new GrowingBuffer();
        for (int i = 0; i < 1_000; i++)
        {
            byte[] body = bodies.Next(codec.Schema);
            merged.Clear();
            Assert.True(BodyWalk.TryCheck(schema, body, merged, out var fault), fault.ToString());

            Assert.True(codec.TryRecord(body, out object? record, out fault), fault.ToString());
            Assert.Equal(merged.Written, codec.EncodeRecord(record));
            Assert.Equal(body, codec.ThroughView(body));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Frames_carry_the_marker_and_the_fingerprint_of_the_canonical_form(string name)
    {
        var codec = WireCodec.Named(name);
        byte[] body = new RandomBody(new Random(4)).Next(codec.Schema);
        Assert.True(codec.TryRecord(body, out object? record, out _));

        byte[] message = codec.Frame(record);

        Assert.Equal([0xC3, 0x01, .. BitConverter.GetBytes(CanonicalForm.Fingerprint(RandomBody.Schema(codec.Schema).Text)), .. body], message);
        Assert.True(Framing.TryRead(message, out ulong fingerprint, out var rest));
        Assert.Equal(codec.Schema.Fingerprint, fingerprint);
        Assert.Equal(body, rest);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Nothing_is_allocated_for_views_and_for_records_only_what_they_hold(string name)
    {
        var codec = WireCodec.Named(name);
        byte[] body = new RandomBody(new Random(5)).Next(codec.Schema);
        byte[] buffer = new byte[body.Length];
        Assert.Equal(body.Length, codec.ThroughView(body, buffer));

        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 100; i++) codec.ThroughView(body, buffer);
        }));
        Assert.True(codec.TryRecord(body, out object? record, out _));
        long held = ObjectSize.Of(record!);
        Assert.Equal(held, Allocations.Of(() => codec.TryRecord(body, out _, out _), held));
    }

    [Fact]
    public void Views_begin_with_the_schemas_defaults()
    {
        Assert.Equal(1f, new InferenceRequestView().Weight);
        Assert.Equal(1f, new InferenceResultView().Slowdown);
        Assert.Equal(250_000, new WorkerRegistrationView().TelemetryPeriodMicros);
        Assert.Equal(1, new ProcessorRegistrationView().Slots);
        Assert.Equal(1f, new InferenceRequest().Weight);
    }

    [Fact]
    public void Arrays_of_records_in_views_are_enumerated_without_allocating()
    {
        var load = new SchedulerLoad { Scheduler = "s", Processors = [new() { Worker = "a", SentMicros = 5 }, new() { Worker = "b", SentMicros = 7 }] };
        byte[] message = load.ToFramed();
        long Sum()
        {
            Assert.True(SchedulerLoadView.TryDecodeFramed(message, out var view, out _));
            long sum = 0;
            foreach (var processor in ProcessorLoadView.Enumerate(view.Processors)) sum += processor.SentMicros * processor.Worker[0];
            return sum;
        }

        Assert.Equal(5 * 'a' + 7 * 'b', Sum());
        Assert.Equal(0, Allocations.Of(() => Sum()));
    }
}
