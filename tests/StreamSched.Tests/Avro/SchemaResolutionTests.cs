using System.Text;
using System.Text.Json.Nodes;
using StreamSched.Avro;
using StreamSched.Avro.Binary;
using StreamSched.Avro.Records;
using StreamSched.Avro.Resolution;
using StreamSched.Avro.Schemas;

namespace StreamSched.Tests.Avro;

/// <summary>Reading what foreign writers wrote.</summary>
public sealed class SchemaResolutionTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("foreign-schemas-");

    public static TheoryData<string> Cases => [.. EvolutionCases.All.Keys];

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Values_resolve_into_sound_records_of_the_readers_schema(string name)
    {
        var (writerText, readerText) = EvolutionCases.All[name];
        var writer = KnownSchema.Parse("writer", writerText);
        var reader = KnownSchema.Parse("reader", readerText);
        var resolution = SchemaResolution.Create(writer, reader);
        Assert.NotNull(resolution);
        var bodies = new RandomBody(new Random(6), blocks: true);
        int resolved = 0;
        for (int i = 0; i < 200; i++)
        {
            if (!resolution.TryResolve(bodies.Next(writer.Marked), out byte[]? body, out var fault))
            {
                Assert.Equal(AvroFaultKind.Unresolvable, fault.Kind);
                continue;
            }
            Assert.True(BodyWalk.TryCheck(reader.Schema, body, null, out fault), fault.ToString());
            resolved++;
        }
        Assert.InRange(resolved, name is "optional where required" or "enum with symbols that we lack" ? 50 : 200, 200);
    }

    [Fact]
    public void A_message_in_our_own_schema_is_not_copied()
    {
        byte[] message = Request().ToFramed();
        var decoder = new MessageDecoder(SchemaCatalogue.Own);

        Assert.Equal(0, Allocations.Of(() => decoder.TryGetBody(message, InferenceRequest.Schema, out _, out _)));
        Assert.True(decoder.TryGetBody(message, InferenceRequest.Schema, out var body, out _));
        Assert.True(body.Overlaps(message, out int offset));
        Assert.Equal(-Framing.HeaderLength, offset);
    }

    [Fact]
    public void A_writer_from_the_folder_of_schemas_is_read_with_its_values_in_place()
    {
        // A device that sends milliseconds as int, has no optional fields, and something of its own in front.
        string text = """
            {"type":"record","name":"InferenceRequest","namespace":"acme","fields":[
              {"name":"firmware","type":"string"},{"name":"payload","type":"bytes"},{"name":"id","type":"string"},
              {"name":"task","type":"string"},{"name":"device","type":"bytes"},
              {"name":"created","type":"long"},{"name":"deadlineMicros","type":"int"},{"name":"stage","type":"int"}]}
            """;
        byte[] message = Foreign(text, (ref writer) =>
        {
            writer.WriteText("9.1");
            writer.WriteBytes([1, 2, 3]);
            writer.WriteText("0198c0de-aaaa-7bbb-8ccc-0123456789ab");
            writer.WriteText("fashion");
            writer.WriteBytes("camera"u8);
            writer.WriteLong(1_790_000_000_000_000);
            writer.WriteInt(100_000);
            writer.WriteInt(2);
        });

        Assert.True(
            new MessageDecoder(SchemaCatalogue.Load(_folder.FullName)).TryDecode<InferenceRequest>(message, out var request, out var fault), fault.ToString());

        Assert.Equal((Guid.Parse("0198c0de-aaaa-7bbb-8ccc-0123456789ab"), "camera", "fashion", 1_790_000_000_000_000, 100_000L, 2),
            (request.Id, request.Device, request.Task, request.Created, request.DeadlineMicros, request.Stage));
        Assert.Equal((null, "", 1f, PayloadEncoding.Tensor), (request.User, request.Site, request.Weight, request.Encoding));
        Assert.Equal([1, 2, 3], request.Payload);
        Assert.Empty(request.Shape);
    }

    [Fact]
    public void A_writer_from_the_embedded_history_is_known_without_a_folder()
    {
        var catalogue = SchemaCatalogue.Load(null, typeof(SchemaResolutionTests).Assembly);
        byte[] body = [.. Text("scheduler-1"), 2, .. Text("0198c0de-aaaa-7bbb-8ccc-0123456789ab")];
        ulong fingerprint = Assert.Single(catalogue.Fingerprints.Except(SchemaCatalogue.Own.Fingerprints));
        byte[] message = Frame(fingerprint, body);

        Assert.True(new MessageDecoder(catalogue).TryDecode<Feedback>(message, out var feedback, out var fault), fault.ToString());
        Assert.Equal(("scheduler-1", 1L), (feedback.Device, feedback.At));
        Assert.False(new MessageDecoder(SchemaCatalogue.Own).TryDecode<Feedback>(message, out _, out fault));
        Assert.Equal(new AvroFault(AvroFaultKind.UnknownFingerprint, 2), fault);
    }

    [Fact]
    public void Records_of_every_former_schema_stay_readable()
    {
        string[] files = Directory.GetFiles(Checkout.Path("schemas", "history"), "*.avsc");
        Assert.True(files.Length >= 7);
        foreach (string file in files)
        {
            JsonNode former = JsonNode.Parse(File.ReadAllText(file))!;
            WireSchema ours = Assert.Single(WireCodec.All, c => c.Schema.Record == (string?)former["name"]).Schema;
            ulong fingerprint = CanonicalForm.Fingerprint(former.ToJsonString());
            Assert.True(SchemaCatalogue.Own.TryGet(fingerprint, out KnownSchema? known), file);
            for (int seed = 0; seed < 20; seed++)
            {
                byte[] message = Frame(fingerprint, new RandomBody(new Random(seed)).Next(known.Marked));
                Assert.True(new MessageDecoder(SchemaCatalogue.Own).TryGetBody(message, ours, out var body, out var fault), $"{file}: {fault}");
                Assert.True(WireCodec.Named(ours.Name).TryRecord(body, out _, out fault), $"{file}: {fault}");
            }
        }
    }

    [Theory]
    [InlineData("""{"type":"record","name":"InferenceRequest","namespace":"streamsched","fields":[{"name":"payload","type":"bytes"}]}""")]
    [InlineData("""{"type":"record","name":"Other","namespace":"streamsched","fields":[{"name":"payload","type":"bytes"}]}""")]
    [InlineData("""{"type":"record","name":"InferenceRequest","namespace":"streamsched","fields":[{"name":"payload","type":"bytes"},"""
        + """{"name":"next","type":["null","InferenceRequest"]}]}""")]
    [InlineData("\"bytes\"")]
    public void A_known_schema_that_is_no_request_is_a_fault_of_its_own(string text)
    {
        byte[] message = Foreign(text, (ref writer) => writer.WriteBytes([1]));

        Assert.False(new MessageDecoder(SchemaCatalogue.Load(_folder.FullName)).TryGetBody(message, InferenceRequest.Schema, out _, out var fault));
        Assert.Equal(new AvroFault(AvroFaultKind.IncompatibleSchema, 2), fault);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("42")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("""{"type":"record","name":"R"}""")]
    [InlineData("""{"type":"record","name":7,"fields":[]}""")]
    [InlineData("""{"type":"record","name":"R","fields":[7]}""")]
    [InlineData("""{"type":"record","name":"R","fields":[{"name":"a"}]}""")]
    [InlineData("""{"type":"record","name":"R","fields":[{"name":"a","type":"nonsense"}]}""")]
    [InlineData("""{"type":"enum","name":"E","symbols":"A"}""")]
    [InlineData("""{"type":"enum","name":"E","symbols":[{}]}""")]
    [InlineData("""{"type":"fixed","name":"F"}""")]
    [InlineData("""{"type":"fixed","name":"F","size":99999999999}""")]
    [InlineData("""{"type":"array"}""")]
    [InlineData("""["null","null"]""")]
    public void A_file_that_is_no_schema_is_named(string text)
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "broken.avsc"), text);

        Assert.Contains("broken.avsc", Assert.Throws<FormatException>(() => SchemaCatalogue.Load(_folder.FullName)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_schema_nested_beyond_reason_is_a_broken_file()
    {
        File.WriteAllText(
            Path.Combine(_folder.FullName, "deep.avsc"),
            string.Concat(Enumerable.Repeat("""{"type":"array","items":""", 20_000)) + "\"int\"" + new string('}', 20_000));

        Assert.Contains("deep.avsc", Assert.Throws<FormatException>(() => SchemaCatalogue.Load(_folder.FullName)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Claims_of_foreign_messages_are_checked_before_anything_is_allocated_for_them()
    {
        string text = """{"type":"record","name":"Feedback","namespace":"streamsched","fields":[{"name":"x","type":{"type":"array","items":"TYPE"}},"""
            + """{"name":"id","type":"string"},{"name":"device","type":"string"},{"name":"at","type":"long"}]}""";
        Expect(text.Replace("TYPE", "null", StringComparison.Ordinal), [0xFE, 0xFF, 0xFF, 0xFF, 0x0F], AvroFaultKind.BadCount);
        Expect(text.Replace("TYPE", "string", StringComparison.Ordinal), [0x02, 0x80, 0x80, 0x80, 0x80, 0x08], AvroFaultKind.BadLength);
        Expect(text.Replace("TYPE", "long", StringComparison.Ordinal), [0x80, 0x80, 0x80, 0x80, 0x08], AvroFaultKind.BadCount);

        void Expect(string schema, byte[] body, AvroFaultKind kind)
        {
            byte[] message = Foreign(schema, (ref writer) => writer.WriteRaw(body));
            var decoder = new MessageDecoder(SchemaCatalogue.Load(_folder.FullName));
            decoder.TryGetBody(message, Feedback.Schema, out _, out _);
            long bytes = Allocations.Of(() =>
            {
                Assert.False(decoder.TryGetBody(message, Feedback.Schema, out _, out var fault));
                Assert.Equal(kind, fault.Kind);
            });
            Assert.InRange(bytes, 0, 10_000);
        }
    }

    [Fact]
    public void Many_blocks_of_one_item_cost_no_more_than_one_block()
    {
        string text = """{"type":"record","name":"InferenceRequest","namespace":"streamsched","fields":[{"name":"id","type":"string"},"""
            + """{"name":"device","type":"string"},{"name":"task","type":"string"},{"name":"created","type":"long"},{"name":"payload","type":"bytes"},"""
            + """{"name":"shape","type":{"type":"array","items":"int"}}]}""";
        const int Items = 300_000;
        byte[] message = Foreign(text, (ref writer) =>
        {
            for (int i = 0; i < 5; i++) writer.WriteInt(0);
            for (int i = 0; i < Items; i++) { writer.WriteInt(1); writer.WriteInt(i & 63); }
            writer.WriteEnd();
        });

        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.True(
            new MessageDecoder(SchemaCatalogue.Load(_folder.FullName)).TryGetBody(message, InferenceRequest.Schema, out var body, out var fault),
            fault.ToString());

        // One block at a time, Apache.Avro would copy Items² / 2 references.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100L << 20);
        Assert.True(body.Length > Items);
    }

    [Fact]
    public void Values_nested_beyond_the_limit_are_a_fault()
    {
        string items = string.Concat(Enumerable.Repeat("""{"type":"array","items":""", 30)) + "\"int\"" + new string('}', 30);
        var schema = KnownSchema.Parse("deep", items);
        byte[] sound = [.. Enumerable.Repeat((byte)2, 30), 6, .. new byte[30]];
        Assert.True(BodyWalk.TryCheck(schema.Schema, sound, null, out var fault), fault.ToString());

        var recursive = KnownSchema.Parse("list", """{"type":"record","name":"L","fields":[{"name":"next","type":["null","L"]}]}""");
        Assert.False(BodyWalk.TryCheck(recursive.Schema, Enumerable.Repeat((byte)2, 10_000).ToArray(), null, out fault));
        Assert.Equal(AvroFaultKind.TooDeep, fault.Kind);
    }

    private delegate void Write(ref AvroWriter writer);

    private byte[] Foreign(string schema, Write write)
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "writer.avsc"), schema);
        var writer = new AvroWriter(new byte[4 << 20]);
        write(ref writer);
        Assert.False(writer.Overflowed);
        return Frame(KnownSchema.Parse("writer", schema).Fingerprint, writer.Written.ToArray());
    }

    private static byte[] Frame(ulong fingerprint, byte[] body)
    {
        byte[] message = new byte[Framing.HeaderLength + body.Length];
        Framing.WriteHeader(fingerprint, message);
        body.CopyTo(message, Framing.HeaderLength);
        return message;
    }

    private static byte[] Text(string text) => [(byte)(text.Length << 1), .. Encoding.ASCII.GetBytes(text)];

    private static InferenceRequest Request() =>
        new() { Id = Guid.Parse("0198c0de-aaaa-7bbb-8ccc-0123456789ab"), Device = "camera", Task = "fashion", Payload = [1, 2, 3] };
}
