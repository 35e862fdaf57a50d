namespace StreamSched.Avro.Binary;

/// <summary>Where a reader stands in an array or a map; <see langword="default"/> before its first block.</summary>
/// <seealso cref="AvroReader.NextItem"/>
public struct AvroBlock
{
    internal long Remaining;
    internal int End;
}
