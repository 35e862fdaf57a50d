using System.Diagnostics.CodeAnalysis;
using StreamSched.Avro.Binary;
using StreamSched.Avro.Schemas;

namespace StreamSched.Avro;

/// <summary>A record that is a message of its own, so that serializers can be generic.</summary>
/// <typeparam name="TSelf">The record.</typeparam>
public interface IWireRecord<TSelf>
    where TSelf : class, IWireRecord<TSelf>
{
    /// <summary>The record's schema.</summary>
    static abstract WireSchema Schema { get; }

    /// <summary>Decodes a record without a frame.</summary>
    /// <param name="body">The whole encoded record.</param>
    /// <param name="value">The record.</param>
    /// <param name="fault">What is wrong with the bytes.</param>
    static abstract bool TryDecode(ReadOnlySpan<byte> body, [NotNullWhen(true)] out TSelf? value, out AvroFault fault);

    /// <summary>How many bytes the encoded record takes, without a frame.</summary>
    int GetEncodedLength();

    /// <summary>Encodes the record without a frame.</summary>
    /// <param name="destination">At least <see cref="GetEncodedLength"/> bytes.</param>
    /// <returns>How many bytes were written.</returns>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    int Encode(Span<byte> destination);

    /// <summary>The first value outside of what the schema allows (its <c>range</c> and <c>length</c>), in words; null: there is none.</summary>
    string? RangeFault();

    /// <summary>The record in Avro's single-object encoding.</summary>
    byte[] ToFramed();
}
