using StreamSched.Avro.Binary;
using StreamSched.Avro.Records;

namespace StreamSched.Tests.Avro;

/// <summary>What the reader makes of single values, good and bad.</summary>
public class AvroReaderTests
{
    private delegate void Read(ref AvroReader reader);

    [Theory]
    [InlineData(0, "00")]
    [InlineData(-1, "01")]
    [InlineData(1, "02")]
    [InlineData(-64, "7F")]
    [InlineData(64, "8001")]
    [InlineData(long.MaxValue, "FEFFFFFFFFFFFFFFFF01")]
    [InlineData(long.MinValue, "FFFFFFFFFFFFFFFFFF01")]
    public void Integers_are_zigzag_and_variable_in_length(long value, string hex)
    {
        byte[] bytes = Convert.FromHexString(hex);
        var writer = new AvroWriter(new byte[10]);
        writer.WriteLong(value);

        Assert.Equal(bytes, writer.Written);
        Assert.Equal(bytes.Length, AvroWriter.LengthOf(value));
        Assert.Equal(value, new AvroReader(bytes).ReadLong());
    }

    [Fact]
    public void The_length_of_an_integer_is_known_for_every_magnitude()
    {
        byte[] buffer = new byte[10];
        for (int bit = 0; bit < 64; bit++)
            foreach (long value in (long[])[(1L << bit) - 1, 1L << bit, -(1L << bit), -(1L << bit) - 1])
            {
                var writer = new AvroWriter(buffer);
                writer.WriteLong(value);
                Assert.Equal(writer.Written.Length, AvroWriter.LengthOf(value));
                Assert.Equal(value, new AvroReader(writer.Written).ReadLong());
            }
    }

    [Fact]
    public void Faults_are_typed_and_say_where()
    {
        Faults("", (ref reader) => reader.ReadLong(), AvroFaultKind.Truncated, 0);
        Faults("80", (ref reader) => reader.ReadLong(), AvroFaultKind.Truncated, 0);
        Faults("FFFFFFFFFFFFFFFFFF02", (ref reader) => reader.ReadLong(), AvroFaultKind.IntegerOverflow, 0);
        Faults("8080808080808080808080808001", (ref reader) => reader.ReadLong(), AvroFaultKind.IntegerOverflow, 0);
        Faults("8080808020", (ref reader) => reader.ReadInt(), AvroFaultKind.IntegerOverflow, 0);
        Faults("02", (ref reader) => reader.ReadBoolean(), AvroFaultKind.BadBoolean, 0);
        Faults("000000", (ref reader) => reader.ReadFloat(), AvroFaultKind.Truncated, 0);
        Faults("00000000000000", (ref reader) => reader.ReadDouble(), AvroFaultKind.Truncated, 0);
        Faults("0461", (ref reader) => reader.ReadBytes(), AvroFaultKind.BadLength, 0);
        Faults("01", (ref reader) => reader.ReadBytes(), AvroFaultKind.BadLength, 0);
        Faults("8080808008", (ref reader) => reader.ReadBytes(), AvroFaultKind.BadLength, 0);
        Faults("FEFFFFFFFFFFFFFFFF01", (ref reader) => reader.ReadString(), AvroFaultKind.BadLength, 0);
        Faults("02FF", (ref reader) => reader.ReadString(), AvroFaultKind.BadUtf8, 0);
        Faults("06EDA080", (ref reader) => reader.ReadString(), AvroFaultKind.BadUtf8, 0);
        Faults("06", (ref reader) => reader.ReadEnum(3), AvroFaultKind.BadEnumIndex, 0);
        Faults("01", (ref reader) => reader.ReadEnum(3), AvroFaultKind.BadEnumIndex, 0);
        Faults("04", (ref reader) => reader.ReadUnion(2), AvroFaultKind.BadUnionIndex, 0);
        Faults("0000", (ref reader) => reader.ReadFixed(3), AvroFaultKind.Truncated, 0);
        Faults("0000", (ref reader) => reader.ReadInt(), AvroFaultKind.TrailingBytes, 1);
        Faults("0001", (ref reader) => { reader.ReadInt(); reader.ReadBytes(); }, AvroFaultKind.BadLength, 1);
        Faults("0205", (ref reader) => { reader.ReadBoolean(); reader.ReadInt(); }, AvroFaultKind.BadBoolean, 0);
    }

    [Theory]
    [InlineData("00", 0)]
    [InlineData("0402" + "04" + "00", 2)]
    [InlineData("0202" + "0204" + "00", 2)]
    [InlineData("030402" + "04" + "00", 2)]
    [InlineData("010202" + "0204" + "00", 2)]
    public void An_array_may_come_in_several_blocks_with_or_without_their_size(string hex, int count)
    {
        // The fourth has a block of two with size 2 (03 = -2, 04 = 2 bytes), the fifth a block of one with size 1.
        var reader = new AvroReader(Convert.FromHexString(hex));
        int[] items = new int[2];

        Assert.Equal(count, reader.ReadInts(items));
        Assert.True(reader.TryFinish(out _));
        Assert.Equal(count == 0 ? [0, 0] : [1, 2], items);
    }

    [Fact]
    public void Blocks_that_lie_are_found_out()
    {
        Read ints = (ref reader) => reader.ReadInts([]);
        Faults("8080808008" + "02", ints, AvroFaultKind.BadCount, 0);
        Faults("FFFFFFFFFFFFFFFFFF01" + "0202", ints, AvroFaultKind.BadCount, 0);
        Faults("0301" + "0202", ints, AvroFaultKind.BadLength, 1);
        Faults("0380808008" + "0202", ints, AvroFaultKind.BadLength, 1);
        Faults("0302" + "020400", ints, AvroFaultKind.BadBlockSize, 4);
        Faults("0306" + "020400", ints, AvroFaultKind.BadBlockSize, 4);
        Faults("0402", ints, AvroFaultKind.BadCount, 0);
        Faults("0202", ints, AvroFaultKind.Truncated, 2);
        Faults("0400000000", (ref reader) => reader.ReadFloats([]), AvroFaultKind.BadCount, 0);
    }

    [Theory]
    [InlineData("0198c0de-aaaa-7bbb-8ccc-0123456789ab", true)]
    [InlineData("0198C0DE-AAAA-7BBB-8CCC-0123456789AB", true)]
    [InlineData("0198c0deaaaa7bbb8ccc0123456789ab", false)]
    [InlineData("    0198c0deaaaa7bbb8ccc0123456789ab", false)]
    [InlineData("0198c0de-aaaa-7bbb-8ccc-0123456789ag", false)]
    [InlineData("0198c0de-aaaa-7bbb-8ccc+0123456789ab", false)]
    [InlineData("{198c0de-aaaa-7bbb-8ccc-0123456789a}", false)]
    [InlineData("", false)]
    public void Only_the_canonical_text_is_a_uuid(string text, bool valid)
    {
        var writer = new AvroWriter(new byte[100]);
        writer.WriteText(text);
        var reader = new AvroReader(writer.Written);

        var value = reader.ReadUuid();

        Assert.Equal(valid, !reader.Failed);
        Assert.Equal(valid ? Guid.Parse(text) : Guid.Empty, value);
        if (valid)
        {
            var again = new AvroWriter(new byte[37]);
            again.WriteUuid(value);
            Assert.Equal(text.ToLowerInvariant(), new AvroReader(again.Written).ReadText());
        }
    }

    [Fact]
    public void Frames_that_are_none_or_of_another_schema_are_told_apart()
    {
        byte[] message = new Feedback { Device = "d" }.ToFramed();

        Assert.False(FeedbackView.TryDecodeFramed(message.AsSpan(0, 9), out _, out var fault));
        Assert.Equal(AvroFaultKind.NotFramed, fault.Kind);
        Assert.False(ExperienceView.TryDecodeFramed(message, out _, out fault));
        Assert.Equal(new AvroFault(AvroFaultKind.UnknownFingerprint, 2), fault);
        Assert.False(Feedback.TryDecodeFramed("plain text, not Avro"u8, out _, out fault));
        Assert.Equal("not in Avro's single-object encoding (C3 01) (at byte 0)", fault.ToString());
    }

    [Fact]
    public void After_a_fault_a_view_holds_what_stands_before_it()
    {
        var request = new InferenceRequest
        {
            Id = Guid.Parse("0198c0de-aaaa-7bbb-8ccc-0123456789ab"), Device = "camera", Task = "fashion", Payload = new byte[10],
        };
        byte[] body = new byte[request.GetEncodedLength()];
        request.Encode(body);

        Assert.False(InferenceRequestView.TryDecode(body.AsSpan(0, body.Length - 1), out var view, out var fault));

        Assert.Equal(new AvroFault(AvroFaultKind.BadLength, body.Length - 11), fault);
        Assert.Equal(request.Id, view.Id);
        Assert.Equal("camera"u8, view.Device);
    }

    [Fact]
    public void A_destination_that_is_too_short_is_reported_and_nothing_is_written_beyond_it()
    {
        var feedback = new Feedback { Device = "d" };
        byte[] body = new byte[feedback.GetEncodedLength()];
        feedback.Encode(body);
        for (int length = 0; length < body.Length; length++)
        {
            byte[] room = new byte[body.Length + 20];
            room.AsSpan().Fill(0xAA);
            Assert.Throws<ArgumentException>(() => feedback.Encode(room.AsSpan(0, length)));
            Assert.All(room.AsSpan(length).ToArray(), value => Assert.Equal(0xAA, value));
        }
        Assert.Throws<ArgumentException>(() => new VariantRegistration { Digest = new byte[31] }.Encode(new byte[100]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new InferenceRequest { Encoding = (PayloadEncoding)9 }.ToFramed());
    }

    private static void Faults(string hex, Read read, AvroFaultKind kind, int offset)
    {
        var reader = new AvroReader(Convert.FromHexString(hex));
        read(ref reader);
        Assert.False(reader.TryFinish(out var fault));
        Assert.Equal(new AvroFault(kind, offset), fault);
    }
}
