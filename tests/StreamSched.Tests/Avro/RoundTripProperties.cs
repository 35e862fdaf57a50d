using System.Text;
using Avro;
using FsCheck;
using FsCheck.Fluent;
using StreamSched.Avro.Binary;
using StreamSched.Avro.Schemas;

namespace StreamSched.Tests.Avro;

/// <summary>Laws of the generated codecs, over values that FsCheck makes after the schemas.</summary>
public class RoundTripProperties
{
    public static TheoryData<string> Names => WireCodec.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void Decoding_and_encoding_give_the_same_bytes(string name)
    {
        var codec = WireCodec.Named(name);
        Check(codec, body => codec.TryRecord(body, out object? record, out _) && codec.EncodeRecord(record).AsSpan().SequenceEqual(body)
            && codec.ThroughView(body).AsSpan().SequenceEqual(body));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void No_proper_beginning_of_a_record_is_a_record(string name)
    {
        var codec = WireCodec.Named(name);
        Check(codec, body =>
        {
            int end = body.Length == 0 ? 0 : Math.Abs(BitConverter.ToString(body).GetHashCode(StringComparison.Ordinal)) % body.Length;
            return !codec.TryView(body.AsSpan(0, end), out var fault) && fault.Kind is not (AvroFaultKind.None or AvroFaultKind.TrailingBytes)
                && fault.Offset <= end;
        });
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_record_with_something_behind_it_is_none(string name)
    {
        var codec = WireCodec.Named(name);
        Check(codec, body => !codec.TryView([.. body, 0], out var fault) && fault == new AvroFault(AvroFaultKind.TrailingBytes, body.Length));
    }

    private static void Check(WireCodec codec, Func<byte[], bool> law) =>
        Prop.ForAll(Values(RandomBody.Schema(codec.Schema).Marked).ToArbitrary(), law).Check(Config.QuickThrowOnFailure.WithMaxTest(200));

    /// <summary>Encoded values of a schema.</summary>
    private static Gen<byte[]> Values(Schema schema) => schema switch
    {
        RecordSchema record => Gen.CollectToArray(record.Fields, field => Values(field.Schema)).Select(Concat),
        UnionSchema union => Gen.OneOf(union.Schemas.Select((branch, i) => Values(branch).Select(value => Concat([Long(i), value])))),
        EnumSchema symbols => Gen.Choose(0, symbols.Count - 1).Select(index => Long(index)),
        FixedSchema @fixed => ArbMap.Default.GeneratorFor<byte>().ArrayOf(@fixed.Size),
        ArraySchema array => Gen.Resize(Values(array.ItemSchema).ListOf(), 4).Select(Items),
        MapSchema map => Gen.Resize(Gen.Zip(Text, Values(map.ValueSchema)).ListOf(), 4)
            .Select(pairs => Items([.. pairs.DistinctBy(pair => pair.Item1).Select(pair => Concat([String(pair.Item1), pair.Item2]))])),
        _ => Primitives(schema),
    };

    private static Gen<byte[]> Primitives(Schema schema) => schema.Tag switch
    {
        Schema.Type.Null => Gen.Constant(Array.Empty<byte>()),
        Schema.Type.Boolean => Gen.Choose(0, 1).Select(value => new[] { (byte)value }),
        Schema.Type.Int => ArbMap.Default.GeneratorFor<int>().Select(value => Long(value)),
        Schema.Type.Long => Gen.OneOf(ArbMap.Default.GeneratorFor<long>(), Gen.Elements(long.MinValue, long.MaxValue)).Select(Long),
        Schema.Type.Float => ArbMap.Default.GeneratorFor<float>().Select(BitConverter.GetBytes),
        Schema.Type.Double => ArbMap.Default.GeneratorFor<double>().Select(BitConverter.GetBytes),
        Schema.Type.Bytes => ArbMap.Default.GeneratorFor<byte[]>().Select(value => Concat([Long(value.Length), value])),
        Schema.Type.String when schema.GetProperty(SchemaText.LogicalTypeProperty) is not null =>
            ArbMap.Default.GeneratorFor<Guid>().Select(value => String(value.ToString())),
        Schema.Type.String => Text.Select(String),
        _ => throw new NotSupportedException(schema.Tag.ToString()),
    };

    private static Gen<string> Text => ArbMap.Default.GeneratorFor<string>().Select(text => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text ?? "")));

    private static byte[] Items(IEnumerable<byte[]> items)
    {
        byte[][] all = [.. items];
        return all.Length == 0 ? [0] : Concat([Long(all.Length), .. all, [0]]);
    }

    private static byte[] String(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return Concat([Long(bytes.Length), bytes]);
    }

    private static byte[] Long(long value)
    {
        var writer = new AvroWriter(new byte[10]);
        writer.WriteLong(value);
        return writer.Written.ToArray();
    }

    private static byte[] Concat(IEnumerable<byte[]> parts) => [.. parts.SelectMany(part => part)];
}
