namespace StreamSched.Avro.Binary;

/// <summary>Why and where decoding stopped. Bad input is data, not an exception.</summary>
/// <param name="Kind">What is wrong.</param>
/// <param name="Offset">Byte offset into what was to be decoded, at the start of the offending value.</param>
public readonly record struct AvroFault(AvroFaultKind Kind, int Offset)
{
    /// <summary>Which value is outside of its range, for <see cref="AvroFaultKind.OutOfRange"/>.</summary>
    public string? Detail { get; init; }

    /// <summary>One short line for logs and dead letters.</summary>
    public string Message => Kind switch
    {
        AvroFaultKind.None => "no fault",
        AvroFaultKind.Truncated => "the bytes end inside a value",
        AvroFaultKind.TrailingBytes => "bytes follow the record",
        AvroFaultKind.NotFramed => "not in Avro's single-object encoding (C3 01)",
        AvroFaultKind.UnknownFingerprint => "no schema with this fingerprint is known",
        AvroFaultKind.IncompatibleSchema => "the writer's schema cannot be read as ours",
        AvroFaultKind.Unresolvable => "a value has no counterpart in our schema",
        AvroFaultKind.BadLength => "a length is negative or beyond the end",
        AvroFaultKind.BadCount => "a block claims more items than there is room for",
        AvroFaultKind.BadBlockSize => "a block's size disagrees with its items",
        AvroFaultKind.IntegerOverflow => "an integer does not fit its type",
        AvroFaultKind.BadBoolean => "a boolean is neither 0 nor 1",
        AvroFaultKind.BadEnumIndex => "an enum's index has no symbol",
        AvroFaultKind.BadUnionIndex => "a union's index has no branch",
        AvroFaultKind.BadUtf8 => "a string is not UTF-8",
        AvroFaultKind.BadUuid => "a string is not a UUID",
        AvroFaultKind.TooDeep => "values are nested too deeply",
        AvroFaultKind.BadContainer => "a malformed container file",
        AvroFaultKind.OutOfRange => Detail ?? "a value is out of range",
        _ => Kind.ToString(),
    };

    /// <summary>The fault of a record whose bytes are sound and whose values are not.</summary>
    /// <param name="detail">As <see cref="IWireRecord{TSelf}.RangeFault"/> says it.</param>
    public static AvroFault OutOfRange(string detail) => new(AvroFaultKind.OutOfRange, 0) { Detail = detail };

    /// <inheritdoc />
    public override string ToString() => Kind == AvroFaultKind.OutOfRange ? Message : $"{Message} (at byte {Offset})";
}
