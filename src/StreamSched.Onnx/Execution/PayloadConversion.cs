using System.Buffers.Binary;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using StreamSched.Onnx.Models;

namespace StreamSched.Onnx.Execution;

/// <summary>Turns payloads into rows of a model's input tensor.</summary>
internal sealed class PayloadConversion
{
    private readonly int[] _shape;
    private readonly int _elements;
    private readonly int _channels;

    // pixel → pixel · factor + offset, per channel.
    private readonly float[] _factor;
    private readonly float[] _offset;

    public PayloadConversion(ModelInput input)
    {
        _shape = [.. input.Shape];
        _elements = input.Elements;
        _channels = input.Channels;
        _factor = new float[_channels];
        _offset = new float[_channels];
        for (var c = 0; c < _channels; c++)
        {
            var deviation = input.Deviation.Count == 0 ? 1 : input.Deviation[c];
            var mean = input.Mean.Count == 0 ? 0 : input.Mean[c];
            _factor[c] = 1 / (input.PixelScale * deviation);
            _offset[c] = -mean / deviation;
        }
    }

    public InferenceFault Fill(in InferencePayload payload, Span<float> row) => payload.Encoding switch
    {
        PayloadEncoding.Tensor => Fits(payload, _elements * (long)sizeof(float)) ? FillTensor(payload.Bytes.Span, row) : InferenceFault.Shape,
        PayloadEncoding.Grey8 when _channels == 1 => Fits(payload, _elements) ? FillPlane(payload.Bytes.Span, row) : InferenceFault.Shape,
        PayloadEncoding.Rgb8 when _channels == 3 => Fits(payload, _elements) ? FillPlanes(payload.Bytes.Span, row) : InferenceFault.Shape,
        _ => InferenceFault.Encoding,
    };

    /// <summary>
    /// A shape fits when it is the model's own, leading ones aside ([28, 28] is [1, 28, 28]). A model that wants a flat window takes any shape
    /// with as many values: a window of 64 may well be an image of 8 × 8.
    /// </summary>
    private bool Fits(in InferencePayload payload, long bytes)
    {
        if (payload.Bytes.Length != bytes)
            return false;
        var asked = WithoutLeadingOnes(payload.Shape.Span);
        var own = WithoutLeadingOnes(_shape);
        if (payload.Shape.Length == 0 || asked.SequenceEqual(own))
            return true;
        if (own.Length > 1)
            return false;

        long product = 1;
        foreach (var dimension in asked)
        {
            if (dimension < 1 || (product *= dimension) > _elements)
                return false;
        }

        return product == _elements;
    }

    private static ReadOnlySpan<int> WithoutLeadingOnes(ReadOnlySpan<int> shape)
    {
        while (shape.Length > 1 && shape[0] == 1)
            shape = shape[1..];
        return shape;
    }

    private static InferenceFault FillTensor(ReadOnlySpan<byte> bytes, Span<float> row)
    {
        bytes.CopyTo(MemoryMarshal.AsBytes(row));
        if (!BitConverter.IsLittleEndian)
        {
            var bits = MemoryMarshal.Cast<float, int>(row);
            BinaryPrimitives.ReverseEndianness(bits, bits);
        }

        return TensorPrimitives.IsFiniteAll<float>(row) ? InferenceFault.None : InferenceFault.NotFinite;
    }

    private InferenceFault FillPlane(ReadOnlySpan<byte> pixels, Span<float> row)
    {
        Scale(pixels, row, _factor[0], _offset[0]);
        return InferenceFault.None;
    }

    // The models want planes, the wire carries interleaved pixels. Taking every third byte does not vectorise well, so this is one plain pass.
    private InferenceFault FillPlanes(ReadOnlySpan<byte> pixels, Span<float> row)
    {
        var plane = _elements / 3;
        var red = row[..plane];
        var green = row.Slice(plane, plane);
        var blue = row.Slice(2 * plane, plane);
        for (var i = 0; i < red.Length; i++)
        {
            red[i] = pixels[3 * i] * _factor[0] + _offset[0];
            green[i] = pixels[3 * i + 1] * _factor[1] + _offset[1];
            blue[i] = pixels[3 * i + 2] * _factor[2] + _offset[2];
        }

        return InferenceFault.None;
    }

    internal static void Scale(ReadOnlySpan<byte> pixels, Span<float> values, float factor, float offset)
    {
        var i = 0;
        var width = Vector<float>.Count;
        var (factors, offsets) = (new Vector<float>(factor), new Vector<float>(offset));
        for (; i <= pixels.Length - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            Vector.Widen(new Vector<byte>(pixels[i..]), out var lower, out var upper);
            Vector.Widen(lower, out var first, out var second);
            Vector.Widen(upper, out var third, out var fourth);
            var target = values[i..];
            Store(first, target);
            Store(second, target[width..]);
            Store(third, target[(2 * width)..]);
            Store(fourth, target[(3 * width)..]);
        }

        for (; i < pixels.Length; i++)
            values[i] = pixels[i] * factor + offset;

        void Store(Vector<uint> integers, Span<float> target) =>
            (Vector.ConvertToSingle(Vector.AsVectorInt32(integers)) * factors + offsets).CopyTo(target);
    }
}
