using System.Diagnostics;
using System.Text.Json;
using StreamSched.Avro;
using StreamSched.Avro.Binary;
using StreamSched.Avro.Records;
using StreamSched.Avro.Schemas;

namespace StreamSched.Tests.Avro;

/// <summary>Mutated messages through both layers: whatever comes in, a typed answer comes out, soon and at a cost that the input's size bounds.</summary>
public class FuzzTests
{
    private const int Messages = 120_000;

    [Fact]
    public void Mutated_messages_never_crash_hang_or_allocate_without_bound()
    {
        var random = new Random(20_260);
        var bodies = new RandomBody(random, blocks: true);
        var folder = Directory.CreateTempSubdirectory("fuzz-schemas-");
        try
        {
            // Foreign writers of every message: other docs and one field more, so that both layers are on the way of each mutation.
            foreach (var schema in WireSchemas.All)
                File.WriteAllText(Path.Combine(folder.FullName, schema.Name + ".avsc"), ForeignSchemas.WithField(
                    RandomBody.Schema(schema).Text,
                    """{"name":"extra","type":{"type":"array","items":["null","long","string",{"type":"map","values":"bytes"}]},"default":[]}"""));
            var catalogue = SchemaCatalogue.Load(folder.FullName);
            var decoder = new MessageDecoder(catalogue);
            var json = new AvroJson(catalogue);
            var foreign = catalogue.Fingerprints.Except(SchemaCatalogue.Own.Fingerprints)
                .Select(fingerprint => catalogue.TryGet(fingerprint, out var known) ? known : null!).ToList();
            Assert.Equal(WireSchemas.All.Count, foreign.Count);

            var kinds = new Dictionary<AvroFaultKind, int>();
            long worstBytes = 0;
            var worstTime = TimeSpan.Zero;
            for (int i = 0; i < Messages; i++)
            {
                var codec = WireCodec.All[i % WireCodec.All.Count];
                var written = i % 2 == 0 ? RandomBody.Schema(codec.Schema) : foreign.Single(known => known.Schema.Name == codec.Schema.Record);
                byte[] message = Mutate(Frame(written.Fingerprint, bodies.Next(written.Marked)), random);

                long before = GC.GetAllocatedBytesForCurrentThread();
                var clock = Stopwatch.StartNew();
                var fault = Read(codec, decoder, json, message);
                clock.Stop();
                long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

                if (i > 1_000)
                {
                    // The first ones compile code. 64 KiB is what readers and buffers take however short the message is.
                    Assert.True(
                        allocated < 65_536 + 400L * message.Length, $"{allocated} bytes for a message of {message.Length}: {Convert.ToHexString(message)}");
                    worstBytes = Math.Max(worstBytes, allocated);
                    worstTime = clock.Elapsed > worstTime ? clock.Elapsed : worstTime;
                }
                Assert.InRange(fault.Offset, 0, message.Length);
                kinds[fault.Kind] = kinds.GetValueOrDefault(fault.Kind) + 1;
            }

            Assert.True(worstTime < TimeSpan.FromSeconds(2), $"{worstTime} for one message");
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"worst {worstBytes} B, {worstTime.TotalMilliseconds} ms; {string.Join(", ", kinds.OrderByDescending(kind => kind.Value))}");
            // A fuzzer that never gets anywhere would pass too.
            foreach (var kind in (AvroFaultKind[])[AvroFaultKind.None, AvroFaultKind.NotFramed, AvroFaultKind.UnknownFingerprint, AvroFaultKind.Truncated,
                AvroFaultKind.BadLength, AvroFaultKind.BadCount, AvroFaultKind.BadBlockSize, AvroFaultKind.IntegerOverflow, AvroFaultKind.BadBoolean,
                AvroFaultKind.BadEnumIndex, AvroFaultKind.BadUnionIndex,
                AvroFaultKind.BadUtf8, AvroFaultKind.BadUuid, AvroFaultKind.TrailingBytes])
                Assert.True(kinds.GetValueOrDefault(kind) >= 20, $"only {kinds.GetValueOrDefault(kind)} of {kind}");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static AvroFault Read(WireCodec codec, MessageDecoder decoder, AvroJson json, byte[] message)
    {
        using (var writer = new Utf8JsonWriter(Stream.Null)) json.TryWrite(message, writer, out _);
        if (!decoder.TryGetBody(message, codec.Schema, out var body, out var fault)) return fault;
        bool view = codec.TryView(body, out fault);
        bool record = codec.TryRecord(body, out _, out var second);
        Assert.Equal(view, record);
        Assert.Equal(fault, second);
        return fault with { Offset = Math.Min(fault.Offset, message.Length) };
    }

    private static byte[] Frame(ulong fingerprint, byte[] body)
    {
        byte[] message = new byte[Framing.HeaderLength + body.Length];
        Framing.WriteHeader(fingerprint, message);
        body.CopyTo(message, Framing.HeaderLength);
        return message;
    }

    private static byte[] Mutate(byte[] message, Random random)
    {
        for (int n = random.Next(4); n > 0; n--)
        {
            // The header is spared mostly, or nothing else would ever be reached.
            int at = random.Next(20) == 0 || message.Length <= Framing.HeaderLength
                ? random.Next(message.Length) : random.Next(Framing.HeaderLength, message.Length);
            switch (random.Next(8))
            {
                case 0: message = message[..at]; break;
                case 1: message[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: message[at] = (byte)random.Next(256); break;
                case 3: message = [.. message[..at], .. message[Math.Min(message.Length, at + random.Next(8))..]]; break;
                case 4: message = [.. message, .. message[..random.Next(message.Length)]]; break;
                case 5: message = [.. message[..at], .. Evil[random.Next(Evil.Length)], .. message[Math.Min(message.Length, at + 1)..]]; break;
                case 6: message = [.. message[..at], .. message[random.Next(message.Length)..]]; break;
                default: message[at] = 0; break;
            }
            if (message.Length == 0) return message;
        }
        return message;
    }

    // Lengths of 1 GiB and 2⁶³, counts of the smallest long with its overflowing negation, endless varints, malformed UTF-8.
    private static readonly byte[][] Evil =
    [
        [0x80, 0x80, 0x80, 0x80, 0x08], [0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
        [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80], [0x01], [0xFF],
        [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xFF, 0xFF, 0xFF, 0xFF, 0x0F],
    ];
}
