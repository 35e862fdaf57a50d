using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using StreamSched.Avro.Binary;
using StreamSched.Avro.Resolution;
using StreamSched.Avro.Schemas;

namespace StreamSched.Avro;

/// <summary>Reads messages whichever known schema they were written with. Safe for several threads.</summary>
/// <param name="catalogue">The known schemas.</param>
public sealed class MessageDecoder(SchemaCatalogue catalogue)
{
    private readonly ConcurrentDictionary<(ulong Writer, ulong Reader), SchemaResolution?> _resolutions = new();

    /// <summary>The record of a message, encoded in our own schema.</summary>
    /// <param name="message">The message, in single-object encoding.</param>
    /// <param name="schema">Our schema of what it should be, such as <c>InferenceRequest.Schema</c>.</param>
    /// <param name="body">The record: a part of the message itself where it was written with our schema, which costs nothing; else a new array.</param>
    /// <param name="fault">What is wrong with the message. Offsets inside the record count from the start of its body. A message in our own schema is
    /// not looked into: decoding the body finds its faults.</param>
    public bool TryGetBody(ReadOnlySpan<byte> message, WireSchema schema, out ReadOnlySpan<byte> body, out AvroFault fault)
    {
        fault = default;
        if (!Framing.TryRead(message, out ulong fingerprint, out body))
        {
            fault = new AvroFault(AvroFaultKind.NotFramed, 0);
            return false;
        }
        if (fingerprint == schema.Fingerprint) return true;

        var foreign = body;
        body = default;
        if (!TryGetResolution(fingerprint, schema, out var resolution, out fault) || !resolution.TryResolve(foreign, out byte[]? resolved, out fault))
            return false;
        body = resolved;
        return true;
    }

    /// <summary>Decodes a message into a record whose values all are what the schema allows.</summary>
    /// <typeparam name="T">What the message should be.</typeparam>
    /// <param name="message">The message, in single-object encoding.</param>
    /// <param name="value">The record.</param>
    /// <param name="fault">What is wrong with the message.</param>
    public bool TryDecode<T>(ReadOnlySpan<byte> message, [NotNullWhen(true)] out T? value, out AvroFault fault)
        where T : class, IWireRecord<T>
    {
        value = null;
        if (!TryGetBody(message, T.Schema, out var body, out fault) || !T.TryDecode(body, out value, out fault)) return false;
        if (value.RangeFault() is not { } problem) return true;
        (value, fault) = (null, AvroFault.OutOfRange(problem));
        return false;
    }

    /// <summary>Decodes a message into a view that lies over it, or over a copy where another schema wrote it. Its values are not checked: see <see
    /// cref="IWireView{TSelf,TRecord}.RangeFault"/>.</summary>
    /// <typeparam name="TView">What the message should be.</typeparam>
    /// <typeparam name="TRecord">The record that holds the same.</typeparam>
    /// <param name="message">The message, in single-object encoding.</param>
    /// <param name="view">The view.</param>
    /// <param name="fault">What is wrong with the message.</param>
    public bool TryView<TView, TRecord>(ReadOnlySpan<byte> message, out TView view, out AvroFault fault)
        where TView : struct, IWireView<TView, TRecord>, allows ref struct
        where TRecord : class, IWireRecord<TRecord>
    {
        view = default;
        return TryGetBody(message, TRecord.Schema, out var body, out fault) && TView.TryDecode(body, out view, out fault);
    }

    // A method of its own, or the lambda's closure would be allocated for messages in our own schema too.
    private bool TryGetResolution(ulong fingerprint, WireSchema schema, [NotNullWhen(true)] out SchemaResolution? resolution, out AvroFault fault)
    {
        fault = default;
        if (!_resolutions.TryGetValue((fingerprint, schema.Fingerprint), out resolution))
        {
            // Unknown fingerprints are not remembered: anybody can send any number of them.
            if (!catalogue.TryGet(fingerprint, out var writer))
            {
                fault = new AvroFault(AvroFaultKind.UnknownFingerprint, 2);
                return false;
            }
            resolution = _resolutions.GetOrAdd((fingerprint, schema.Fingerprint), _ => SchemaResolution.Create(writer, SchemaCatalogue.Wire(schema)));
        }
        if (resolution is null) fault = new AvroFault(AvroFaultKind.IncompatibleSchema, 2);
        return resolution is not null;
    }
}
