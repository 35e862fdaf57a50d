using Confluent.Kafka;

namespace StreamSched.Kafka.Consuming;

/// <summary>Key or value of the record that was read last, in a buffer that the next read overwrites.</summary>
internal sealed class RecordBytes
{
    private byte[] _buffer = new byte[1024];
    private int _length;

    internal bool IsNull { get; private set; } = true;

    internal ReadOnlySpan<byte> Span => _buffer.AsSpan(0, _length);

    private void Take(ReadOnlySpan<byte> data, bool isNull)
    {
        if (data.Length > _buffer.Length) _buffer = new byte[Math.Max(data.Length, (int)Math.Min(_buffer.Length * 2L, Array.MaxLength))];
        data.CopyTo(_buffer);
        _length = data.Length;
        IsNull = isNull;
    }

    /// <summary>Copies from librdkafka's memory, which is gone when Consume returns, instead of making an array per record.</summary>
    internal sealed class Deserializer : IDeserializer<RecordBytes>
    {
        private readonly RecordBytes _bytes = new();

        public RecordBytes Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context)
        {
            _bytes.Take(data, isNull);
            return _bytes;
        }
    }
}
