using System.Collections.Concurrent;
using System.Text;

namespace StreamSched.Avro;

/// <summary>Names that are written again and again, in UTF-8. Keeps a bounded number of them, since names come from records that anybody may have written.
/// Safe for several threads.</summary>
public sealed class Utf8Names
{
    // Far more than the names of one cluster; when it is reached, all are encoded anew.
    private const int Most = 16_384;

    private readonly ConcurrentDictionary<string, byte[]> _names = new(StringComparer.Ordinal);
    private int _count;

    /// <summary>The bytes of a name; nothing is allocated if it was asked for lately.</summary>
    /// <param name="name">The name.</param>
    public byte[] Of(string name)
    {
        if (_names.TryGetValue(name, out byte[]? bytes)) return bytes;
        bytes = Encoding.UTF8.GetBytes(name);
        if (Interlocked.Increment(ref _count) > Most)
        {
            _names.Clear();
            Volatile.Write(ref _count, 1);
        }

        _names[name] = bytes;
        return bytes;
    }
}
