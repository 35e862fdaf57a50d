using Avro.File;
using Avro.Generic;
using StreamSched.Avro.Binary;
using StreamSched.Avro.Files;
using StreamSched.Avro.Records;
using StreamSched.Avro.Schemas;

namespace StreamSched.Tests.Avro;

/// <summary>Object container files.</summary>
public class ContainerFileTests
{
    [Theory]
    [InlineData(ContainerCodec.Null, 0)]
    [InlineData(ContainerCodec.Null, 1)]
    [InlineData(ContainerCodec.Null, 3_000)]
    [InlineData(ContainerCodec.Deflate, 0)]
    [InlineData(ContainerCodec.Deflate, 3_000)]
    public void What_is_written_is_read_and_twice_the_same_is_the_same_file(ContainerCodec codec, int count)
    {
        byte[][] bodies = Bodies(count);
        byte[] file = Write(bodies, codec);

        Assert.Equal(file, Write(bodies, codec));
        Assert.Equal(bodies, Read(file, out var fault));
        Assert.Equal(default, fault);
    }

    [Theory]
    [InlineData(ContainerCodec.Null)]
    [InlineData(ContainerCodec.Deflate)]
    public void Apache_Avro_reads_our_files_and_we_read_its(ContainerCodec codec)
    {
        byte[][] bodies = Bodies(500);
        // Logical types change what it hands out, by version; the stripped schema reads the same bytes in all of them.
        var schema = RandomBody.Schema(InferenceResult.Schema).Schema;
        var theirs = new MemoryStream();
        using (var writer = DataFileWriter<GenericRecord>.OpenWriter(
            new GenericDatumWriter<GenericRecord>(schema), theirs, Codec.CreateCodec(codec == ContainerCodec.Null ? Codec.Type.Null : Codec.Type.Deflate)))
        using (var reader = DataFileReader<GenericRecord>.OpenReader(
            new MemoryStream(Write(bodies, codec)), schema, (written, read) => new GenericDatumReader<GenericRecord>(schema, read)))
            foreach (var record in reader.NextEntries)
                writer.Append(record);

        Assert.Equal(bodies, Read(theirs.ToArray(), out var fault));
        Assert.Equal(default, fault);
    }

    [Fact]
    public void A_file_in_another_schema_is_read_as_ours()
    {
        string text = ForeignSchemas.WithoutField(EvolutionCases.Text(Feedback.Schema), "rating");
        var header = new GrowingBuffer();
        header.Append("Obj\u0001"u8);
        header.AppendLong(1);
        foreach (string part in (string[])["avro.schema", text]) { header.AppendLong(part.Length); header.Append(System.Text.Encoding.ASCII.GetBytes(part)); }
        header.AppendLong(0);
        header.Append(new byte[16]);
        byte[] body = new RandomBody(new Random(8)).Next(KnownSchema.Parse("writer", text).Marked);
        header.AppendLong(1);
        header.AppendLong(body.Length);
        header.Append(body);
        header.Append(new byte[16]);

        Assert.True(ContainerReader.TryOpen(header.AsStream(), Feedback.Schema, out var reader, out var fault), fault.ToString());
        Assert.True(reader.TryRead(out var resolved, out fault), fault.ToString());
        Assert.True(Feedback.TryDecode(resolved, out var feedback, out fault), fault.ToString());
        Assert.Null(feedback.Rating);
        Assert.False(reader.TryRead(out _, out fault));
        Assert.Equal(default, fault);
        Assert.False(ContainerReader.TryOpen(header.AsStream(), WorkItem.Schema, out _, out fault));
        Assert.Equal(AvroFaultKind.IncompatibleSchema, fault.Kind);
    }

    [Theory]
    [InlineData(ContainerCodec.Null)]
    [InlineData(ContainerCodec.Deflate)]
    public void Broken_files_give_a_fault_and_neither_hang_nor_allocate_what_they_claim(ContainerCodec codec)
    {
        var random = new Random(9);
        byte[] file = Write(Bodies(40), codec);
        int faults = 0;
        for (int i = 0; i < 3_000; i++)
        {
            byte[] broken = i % 3 == 0 ? file[..random.Next(file.Length)] : [.. file];
            for (int n = random.Next(4); n > 0 && broken.Length > 0; n--) broken[random.Next(broken.Length)] = (byte)random.Next(256);
            long before = GC.GetAllocatedBytesForCurrentThread();

            Read(broken, out var fault);

            if (fault.Kind != AvroFaultKind.None) faults++;
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 50_000_000);
        }
        Assert.InRange(faults, 1_000, 3_000);
    }

    [Fact]
    public void Blocks_that_inflate_beyond_the_limit_are_refused()
    {
        // One empty record type after another costs nothing, so a count is bounded too; and a deflated block of zeros by its size.
        byte[] file = Write([new byte[ContainerReader.MaxBlockBytes + 1]], ContainerCodec.Deflate);

        Assert.True(file.Length < 1 << 20);
        Assert.Empty(Read(file, out var fault));
        Assert.Equal(AvroFaultKind.BadContainer, fault.Kind);
    }

    private static byte[][] Bodies(int count)
    {
        var bodies = new RandomBody(new Random(7));
        return [.. Enumerable.Range(0, count).Select(_ => bodies.Next(InferenceResult.Schema))];
    }

    private static byte[] Write(byte[][] bodies, ContainerCodec codec)
    {
        var file = new MemoryStream();
        using (var writer = new ContainerWriter(file, InferenceResult.Schema, codec))
            foreach (byte[] body in bodies) writer.Append(body);
        return file.ToArray();
    }

    private static List<byte[]> Read(byte[] file, out AvroFault fault)
    {
        var bodies = new List<byte[]>();
        if (!ContainerReader.TryOpen(new MemoryStream(file), InferenceResult.Schema, out var reader, out fault)) return bodies;
        while (reader.TryRead(out var body, out fault)) bodies.Add(body.ToArray());
        return bodies;
    }
}
