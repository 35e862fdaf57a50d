namespace StreamSched.Avro.Binary;

/// <summary>Why bytes are not the record that was asked for.</summary>
public enum AvroFaultKind
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>The bytes end inside a value.</summary>
    Truncated,

    /// <summary>Bytes follow the record.</summary>
    TrailingBytes,

    /// <summary>The message does not begin with the marker <c>C3 01</c> of Avro's single-object encoding.</summary>
    NotFramed,

    /// <summary>No schema with the message's fingerprint is known.</summary>
    UnknownFingerprint,

    /// <summary>The writer's schema is known, but the reader's cannot be made of it.</summary>
    IncompatibleSchema,

    /// <summary>The writer's value has no counterpart in the reader's schema, such as a null where a value is needed.</summary>
    Unresolvable,

    /// <summary>A length or a block size is negative or larger than what is left.</summary>
    BadLength,

    /// <summary>A block claims more items than the bytes left could hold.</summary>
    BadCount,

    /// <summary>A block's size in bytes disagrees with its items.</summary>
    BadBlockSize,

    /// <summary>A variable-length integer does not fit its type.</summary>
    IntegerOverflow,

    /// <summary>A boolean is neither 0 nor 1.</summary>
    BadBoolean,

    /// <summary>An enum's index has no symbol.</summary>
    BadEnumIndex,

    /// <summary>A union's index has no branch.</summary>
    BadUnionIndex,

    /// <summary>A string is not UTF-8.</summary>
    BadUtf8,

    /// <summary>A string with logical type uuid is not the text of one.</summary>
    BadUuid,

    /// <summary>Values are nested more deeply than is accepted.</summary>
    TooDeep,

    /// <summary>An object container file is malformed, or its codec is not supported.</summary>
    BadContainer,

    /// <summary>The bytes are sound, but a value is outside of what the schema allows.</summary>
    OutOfRange,
}
