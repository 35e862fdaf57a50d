using System.Diagnostics;
using System.Text;
using Confluent.Kafka;

namespace StreamSched.Kafka.Diagnostics;

/// <summary>W3C trace context (<c>traceparent</c>, <c>tracestate</c>) in record headers. Nothing is allocated where there is no trace.</summary>
internal static class TraceContext
{
    private const string Parent = "traceparent";
    private const string State = "tracestate";
    private const byte Between = (byte)'\n';
    private const int MaxParent = 64, MaxState = 512;
    private const int ParentLength = 55; // version-traceid-spanid-flags: 2 + 32 + 16 + 2 hexadecimal digits and three dashes

    /// <summary>Room for every packed context: a traceparent, and as much of a tracestate as everybody has to carry on (W3C Trace Context, 3.3.1.5).</summary>
    public const int PackedLength = MaxParent + 1 + MaxState;

    /// <summary>Puts the context of a record into one run of bytes, in which it waits with the record and goes on with what follows from it.</summary>
    /// <param name="headers">The record's headers.</param>
    /// <param name="id">Takes the place of its traceparent; null: that stays.</param>
    /// <param name="to">At least <see cref="PackedLength"/> bytes.</param>
    /// <returns>How many bytes it takes; 0: there is none.</returns>
    public static int Pack(Headers headers, string? id, Span<byte> to)
    {
        var length = 0;
        if (id is { Length: <= MaxParent })
        {
            length = Encoding.ASCII.GetBytes(id, to);
        }
        else if (headers.TryGetLastBytes(Parent, out var parent) && parent is { Length: <= MaxParent })
        {
            parent.CopyTo(to);
            length = parent.Length;
        }

        if (length == 0 || !headers.TryGetLastBytes(State, out var state) || state is not { Length: > 0 }) return length;

        // Longer ones are cut between two entries, from the end.
        ReadOnlySpan<byte> kept = state;
        if (kept.Length > MaxState) kept = kept[..Math.Max(0, kept[..(MaxState + 1)].LastIndexOf((byte)','))];
        if (kept.IsEmpty) return length;
        to[length++] = Between;
        kept.CopyTo(to[length..]);
        return length + kept.Length;
    }

    /// <summary>The traceparent of a packed context; empty: there is none.</summary>
    /// <param name="packed">What <see cref="Pack"/> gave.</param>
    public static ReadOnlySpan<byte> ParentOf(ReadOnlySpan<byte> packed) => packed.IndexOf(Between) is >= 0 and int at ? packed[..at] : packed;

    /// <summary>The tracestate of a packed context; empty: there is none.</summary>
    /// <param name="packed">What <see cref="Pack"/> gave.</param>
    public static ReadOnlySpan<byte> StateOf(ReadOnlySpan<byte> packed) => packed.IndexOf(Between) is >= 0 and int at ? packed[(at + 1)..] : default;

    /// <summary>The headers of a packed context; null: there is none.</summary>
    /// <param name="packed">What <see cref="Pack"/> gave.</param>
    /// <param name="id">Takes the place of its traceparent; null: that stays.</param>
    public static Headers? Unpack(ReadOnlySpan<byte> packed, string? id = null)
    {
        if (packed.IsEmpty) return null;
        var headers = new Headers { { Parent, id is null ? ParentOf(packed).ToArray() : Encoding.ASCII.GetBytes(id) } };
        if (StateOf(packed) is { IsEmpty: false } state) headers.Add(State, state.ToArray());
        return headers;
    }

    /// <summary>Headers that make consumers continue this activity; null if there is none or it has no W3C id.</summary>
    public static Headers? Inject(Activity? activity)
    {
        if (activity is not { IdFormat: ActivityIdFormat.W3C, Id: { } id }) return null;
        var headers = new Headers { { Parent, Encoding.ASCII.GetBytes(id) } };
        if (!string.IsNullOrEmpty(activity.TraceStateString)) headers.Add(State, Encoding.ASCII.GetBytes(activity.TraceStateString));
        return headers;
    }

    /// <summary>The context that a producer put into the headers of a record.</summary>
    /// <returns>false if there is none, or it is not well formed.</returns>
    public static bool TryExtract(Headers? headers, out ActivityContext context)
    {
        context = default;
        if (headers is null || headers.Count == 0 || !headers.TryGetLastBytes(Parent, out var parent) || parent is null) return false;
        if (!IsWellFormed(parent)) return false;
        var flags = Digit(parent[^1]) & 1;
        var state = headers.TryGetLastBytes(State, out var bytes) && bytes is { Length: > 0 } ? Encoding.ASCII.GetString(bytes) : null;
        context = new ActivityContext(
            ActivityTraceId.CreateFromUtf8String(parent.AsSpan(3, 32)), ActivitySpanId.CreateFromUtf8String(parent.AsSpan(36, 16)), (ActivityTraceFlags)flags,
            state, isRemote: true);
        return true;
    }

    // https://www.w3.org/TR/trace-context/#traceparent-header: lower-case hexadecimal, ids not all zero, version ff is none; later versions may be longer.
    private static bool IsWellFormed(ReadOnlySpan<byte> text)
    {
        if (text.Length < ParentLength || text[2] != '-' || text[35] != '-' || text[52] != '-') return false;
        if (text[..2].SequenceEqual("ff"u8) || (text[..2].SequenceEqual("00"u8) && text.Length != ParentLength)) return false;
        if (text.Length > ParentLength && text[ParentLength] != '-') return false;
        for (var i = 0; i < ParentLength; i++)
            if (i is not (2 or 35 or 52) && Digit(text[i]) < 0) return false;
        return text.Slice(3, 32).ContainsAnyExcept((byte)'0') && text.Slice(36, 16).ContainsAnyExcept((byte)'0');
    }

    private static int Digit(byte character) => character switch
    {
        >= (byte)'0' and <= (byte)'9' => character - '0',
        >= (byte)'a' and <= (byte)'f' => character - 'a' + 10,
        _ => -1,
    };
}
