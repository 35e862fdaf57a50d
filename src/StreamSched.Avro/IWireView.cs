using StreamSched.Avro.Binary;

namespace StreamSched.Avro;

/// <summary>A message that lies over its encoded bytes.</summary>
/// <typeparam name="TSelf">The view.</typeparam>
/// <typeparam name="TRecord">The record that holds the same.</typeparam>
public interface IWireView<TSelf, out TRecord>
    where TSelf : struct, IWireView<TSelf, TRecord>, allows ref struct
    where TRecord : class
{
    /// <summary>Decodes a record without a frame, and checks all of it.</summary>
    /// <param name="body">The whole encoded record; the view lies over it.</param>
    /// <param name="view">The record; after a fault, what stands before the fault.</param>
    /// <param name="fault">What is wrong with the bytes.</param>
    static abstract bool TryDecode(ReadOnlySpan<byte> body, out TSelf view, out AvroFault fault);

    /// <summary>How many bytes the encoded record takes, without a frame.</summary>
    int GetEncodedLength();

    /// <summary>Encodes the record without a frame.</summary>
    /// <param name="destination">Where to write.</param>
    /// <param name="written">How many bytes were written.</param>
    /// <returns>Whether the destination was long enough.</returns>
    bool TryEncode(Span<byte> destination, out int written);

    /// <summary>The first value outside of what the schema allows (its <c>range</c> and <c>length</c>), in words; null: there is none. Arrays, maps and
    /// records within are not looked into.</summary>
    string? RangeFault();

    /// <summary>Copies the record out of the bytes it lies over.</summary>
    TRecord ToRecord();
}
