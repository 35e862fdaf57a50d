namespace StreamSched.Avro.Files;

/// <summary>How the blocks of an object container file are compressed: the two codecs that the specification asks of everybody.</summary>
public enum ContainerCodec
{
    /// <summary>Not at all.</summary>
    Null,

    /// <summary>RFC 1951.</summary>
    Deflate,
}
