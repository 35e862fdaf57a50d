using System.Text;

namespace StreamSched.Onnx.Models;

/// <summary>
/// Weights that lie in files beside the model, as PyTorch writes them. ONNX Runtime looks for them in the working directory when a model comes from memory, and
/// maps them where it comes from a file, so that a later change reaches a model that serves; therefore they are put into the model before it is loaded.
/// </summary>
internal static class ExternalData
{
    private const int Varint = 0, Fixed64 = 1, Block = 2, Fixed32 = 5;
    private const int DimensionsField = 1, TypeField = 2, NameField = 8, RawField = 9, ExternalField = 13, LocationField = 14;

    // ONNX Runtime's own reader gives up at 100.
    private const int MostNested = 100;

    /// <summary>The messages of onnx.proto on the way to a tensor.</summary>
    private enum Message
    {
        None,
        Model,
        Training,
        Function,
        Graph,
        Node,
        Attribute,
        Sparse,
        Tensor,
    }

    /// <summary>Names of the files that a model refers to, each once and in order.</summary>
    /// <param name="file">The model's file, for messages.</param>
    /// <param name="model">Its bytes.</param>
    /// <exception cref="ModelException">It is no ONNX file, or it refers to something outside of its folder.</exception>
    public static IReadOnlyCollection<string> Locations(string file, ReadOnlySpan<byte> model)
    {
        var locations = new SortedSet<string>(StringComparer.Ordinal);
        Collect(file, Message.Model, model, locations, 0);
        return locations;
    }

    /// <summary>The model with the content of those files in it.</summary>
    /// <param name="file">The model's file, for messages.</param>
    /// <param name="model">Its bytes.</param>
    /// <param name="data">Every file of <see cref="Locations"/>.</param>
    /// <exception cref="ModelException">A tensor refers to a part that its file does not have, or the whole becomes too large.</exception>
    public static byte[] Inline(string file, ReadOnlySpan<byte> model, IReadOnlyDictionary<string, byte[]> data)
    {
        var length = Length(file, Message.Model, model, data);
        if (length > ModelFiles.MostBytes)
            throw new ModelException($"{file}: has {length} bytes with its weights, at most {ModelFiles.MostBytes} can be loaded.");
        var whole = GC.AllocateUninitializedArray<byte>((int)length);
        var at = 0;
        Write(file, Message.Model, model, data, whole, ref at);
        return whole;
    }

    private static Message Child(Message message, in Fields field) => field.Wire != Block ? Message.None : (message, field.Number) switch
    {
        (Message.Model, 7) => Message.Graph,
        (Message.Model, 20) => Message.Training,
        (Message.Model, 25) => Message.Function,
        (Message.Training, 1 or 2) => Message.Graph,
        (Message.Function, 7) => Message.Node,
        (Message.Function, 11) => Message.Attribute,
        (Message.Graph, 1) => Message.Node,
        (Message.Graph, 5) => Message.Tensor,
        (Message.Graph, 15) => Message.Sparse,
        (Message.Node, 5) => Message.Attribute,
        (Message.Attribute, 5 or 10) => Message.Tensor,
        (Message.Attribute, 6 or 11) => Message.Graph,
        (Message.Attribute, 22 or 23) => Message.Sparse,
        (Message.Sparse, 1 or 2) => Message.Tensor,
        _ => Message.None,
    };

    private static void Collect(string file, Message message, ReadOnlySpan<byte> bytes, SortedSet<string> locations, int depth)
    {
        if (depth > MostNested)
            throw new ModelException($"{file}: no ONNX model that can be loaded, its graphs are nested more than {MostNested} deep.");
        if (message == Message.Tensor)
        {
            if (Part(file, bytes) is { } part)
                locations.Add(part.Location);
            return;
        }

        for (var fields = new Fields(file, bytes); fields.Next();)
        {
            var child = Child(message, fields);
            if (child != Message.None)
                Collect(file, child, fields.Content, locations, depth + 1);
        }
    }

    private static long Length(string file, Message message, ReadOnlySpan<byte> bytes, IReadOnlyDictionary<string, byte[]> data)
    {
        long length = 0;
        if (message == Message.Tensor)
        {
            if (Part(file, bytes) is not { } part)
                return bytes.Length;
            for (var fields = new Fields(file, bytes); fields.Next();)
                length += fields.Number is ExternalField or LocationField ? 0 : fields.Whole.Length;
            var raw = Bytes(file, part, data).Length;
            return length + 1 + LengthOf((ulong)raw) + raw;
        }

        for (var fields = new Fields(file, bytes); fields.Next();)
        {
            var child = Child(message, fields);
            if (child == Message.None)
            {
                length += fields.Whole.Length;
                continue;
            }

            var inner = Length(file, child, fields.Content, data);
            length += LengthOf(Key(fields.Number)) + LengthOf((ulong)inner) + inner;
        }

        return length;
    }

    private static void Write(string file, Message message, ReadOnlySpan<byte> bytes, IReadOnlyDictionary<string, byte[]> data, Span<byte> to, ref int at)
    {
        if (message == Message.Tensor)
        {
            var part = Part(file, bytes);
            for (var fields = new Fields(file, bytes); fields.Next();)
            {
                if (part is null || fields.Number is not (ExternalField or LocationField))
                    Copy(fields.Whole, to, ref at);
            }

            if (part is not { } external)
                return;
            var raw = Bytes(file, external, data);
            WriteVarint(Key(RawField), to, ref at);
            WriteVarint((ulong)raw.Length, to, ref at);
            Copy(raw, to, ref at);
            return;
        }

        for (var fields = new Fields(file, bytes); fields.Next();)
        {
            var child = Child(message, fields);
            if (child == Message.None)
            {
                Copy(fields.Whole, to, ref at);
                continue;
            }

            WriteVarint(Key(fields.Number), to, ref at);
            WriteVarint((ulong)Length(file, child, fields.Content, data), to, ref at);
            Write(file, child, fields.Content, data, to, ref at);
        }
    }

    /// <summary>Where a tensor's values lie; null: in itself.</summary>
    private static (string Name, string Location, long Offset, long Length)? Part(string file, ReadOnlySpan<byte> tensor)
    {
        var (name, isExternal, type, elements) = ("", false, 0UL, 1L);
        string? location = null;
        long offset = 0, length = -1;
        for (var fields = new Fields(file, tensor); fields.Next();)
        {
            switch (fields.Number)
            {
                case DimensionsField when fields.Wire == Varint:
                    Multiply(fields.Value);
                    break;
                case DimensionsField:
                    for (var rest = fields.Content; rest.Length > 0;)
                        Multiply(Fields.ReadVarint(file, ref rest));
                    break;
                case TypeField:
                    type = fields.Value;
                    break;
                case NameField:
                    name = Text(fields.Content);
                    break;
                case LocationField:
                    isExternal = fields.Value != 0;
                    break;
                case ExternalField:
                    var (key, value) = ("", "");
                    for (var entry = new Fields(file, fields.Content); entry.Next();)
                    {
                        if (entry.Number == 1)
                            key = Text(entry.Content);
                        else if (entry.Number == 2)
                            value = Text(entry.Content);
                    }

                    switch (key)
                    {
                        case "location": location = value; break;
                        case "offset": offset = Number(key, value); break;
                        case "length": length = Number(key, value); break;
                    }

                    break;
            }
        }

        if (!isExternal)
            return null;
        if (location is null)
            throw new ModelException($"{file}: no ONNX model that can be loaded, tensor '{name}' lies in another file that it does not name.");
        if (Path.IsPathRooted(location) || location.Contains('\\') || location.Contains(':') || location.Contains('\0')
            || location.Split('/').Any(step => step is "" or "." or ".."))
        {
            throw new ModelException(
                $"{file}: tensor '{name}' takes its values from '{location}', which is not a file of the model's own folder. Export the model anew, "
                + "with its data beside it.");
        }

        return (name, location, offset, length >= 0 ? length : Size(file, name, type, elements));

        void Multiply(ulong dimension) => elements = dimension > int.MaxValue || elements > int.MaxValue ? long.MaxValue : elements * (long)dimension;

        long Number(string key, string value) =>
            long.TryParse(value, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number)
                ? number
                : throw new ModelException($"{file}: no ONNX model that can be loaded, tensor '{name}' has the {key} '{value}' in its data file.");
    }

    private static long Size(string file, string name, ulong type, long elements)
    {
        // Bits of an element by data_type, as onnx.proto numbers them.
        var bits = type switch
        {
            1 or 6 or 12 => 32,
            2 or 3 or 9 or 17 or 18 or 19 or 20 or 24 => 8,
            4 or 5 or 10 or 16 => 16,
            7 or 11 or 13 or 14 => 64,
            15 => 128,
            21 or 22 or 23 => 4,
            25 or 26 => 2,
            _ => throw new ModelException($"{file}: tensor '{name}' does not say how long it is in its data file, and its type {type} does not tell."),
        };
        return elements > ModelFiles.MostBytes ? long.MaxValue : ((elements * bits) + 7) / 8;
    }

    private static ReadOnlySpan<byte> Bytes(
        string file, (string Name, string Location, long Offset, long Length) part, IReadOnlyDictionary<string, byte[]> data)
    {
        var content = data[part.Location];
        return part.Offset <= content.Length && part.Length <= content.Length - part.Offset
            ? content.AsSpan((int)part.Offset, (int)part.Length)
            : throw new ModelException(
                $"{file}: tensor '{part.Name}' takes {part.Length} bytes from {part.Offset} on of {part.Location}, which has {content.Length}. "
                + "The two do not belong together; export the model anew.");
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes.Length > 4096 ? bytes[..4096] : bytes);

    private static ulong Key(int field) => ((ulong)field << 3) | Block;

    private static void Copy(ReadOnlySpan<byte> bytes, Span<byte> to, ref int at)
    {
        bytes.CopyTo(to[at..]);
        at += bytes.Length;
    }

    private static int LengthOf(ulong value)
    {
        var length = 1;
        for (; value >= 0x80; value >>= 7)
            length++;
        return length;
    }

    private static void WriteVarint(ulong value, Span<byte> to, ref int at)
    {
        for (; value >= 0x80; value >>= 7)
            to[at++] = (byte)(value | 0x80);
        to[at++] = (byte)value;
    }

    /// <summary>Walks over the fields of a protobuf message; nothing is allocated for a length that is only claimed.</summary>
    private ref struct Fields(string file, ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> _rest = bytes;

        public int Number { get; private set; }

        public int Wire { get; private set; }

        /// <summary>The field with its key and length.</summary>
        public ReadOnlySpan<byte> Whole { get; private set; }

        /// <summary>A block's bytes; empty for others.</summary>
        public ReadOnlySpan<byte> Content { get; private set; }

        /// <summary>A number's value; 0 for others.</summary>
        public ulong Value { get; private set; }

        public bool Next()
        {
            if (_rest.IsEmpty)
                return false;
            var before = _rest;
            var key = ReadVarint(file, ref _rest);
            (Number, Wire, Value) = ((int)Math.Min(key >> 3, int.MaxValue), (int)(key & 7), 0);
            Content = default;
            switch (Wire)
            {
                case Varint: Value = ReadVarint(file, ref _rest); break;
                case Fixed64: Take(8); break;
                case Fixed32: Take(4); break;
                case Block: Content = Take(ReadVarint(file, ref _rest)); break;
                default: throw NoModel(file);
            }

            Whole = before[..(before.Length - _rest.Length)];
            return true;
        }

        public static ulong ReadVarint(string file, ref ReadOnlySpan<byte> rest)
        {
            ulong value = 0;
            for (var shift = 0; shift < 64 && rest.Length > 0; shift += 7)
            {
                var next = rest[0];
                rest = rest[1..];
                value |= (ulong)(next & 0x7F) << shift;
                if (next < 0x80)
                    return value;
            }

            throw NoModel(file);
        }

        private ReadOnlySpan<byte> Take(ulong count)
        {
            if (count > (ulong)_rest.Length)
                throw NoModel(file);
            var taken = _rest[..(int)count];
            _rest = _rest[(int)count..];
            return taken;
        }

        private static ModelException NoModel(string file) => new($"{file}: no ONNX model, or cut off.");
    }
}
