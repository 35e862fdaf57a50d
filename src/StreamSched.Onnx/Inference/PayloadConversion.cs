using System.Buffers.Binary;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using StreamSched.Onnx.Models;

namespace StreamSched.Onnx.Inference;

/// <summary>Turns payloads into rows of a model's input tensor.</summary>
internal sealed class PayloadConversion
{
    private readonly bool[] _accepts; // by encoding
    private readonly int[] _shape;
    private readonly int _elements;
    private readonly ImageForm _image;

    // pixel → pixel · factor + offset, per channel.
    private readonly float[] _factor;
    private readonly float[] _offset;

    public PayloadConversion(ModelInput input)
    {
        _accepts = [.. Enum.GetValues<PayloadEncoding>().Select(input.Accepts)];
        _shape = [.. input.Shape.Where(dimension => dimension != 1)];
        _elements = input.Elements;
        _image = input.Image;
        _factor = new float[_image.Channels];
        _offset = new float[_image.Channels];
        for (var c = 0; c < _image.Channels; c++)
        {
            var deviation = input.Deviation.Count == 0 ? 1 : input.Deviation[c];
            var mean = input.Mean.Count == 0 ? 0 : input.Mean[c];
            _factor[c] = 1 / (input.PixelScale * deviation);
            _offset[c] = -mean / deviation;
        }
    }

    /// <summary>Fills a row with a request's payload.</summary>
    public InferenceFault Fill(in InferencePayload payload, Span<float> row)
    {
        if ((uint)payload.Encoding >= (uint)_accepts.Length || !_accepts[(int)payload.Encoding])
            return InferenceFault.Encoding;
        if (payload.Encoding == PayloadEncoding.Tensor)
            return FillTensor(payload, row);
        if (!IsOwnShape(payload.Shape.Span) && !IsImageShape(payload.Shape.Span))
            return InferenceFault.Shape;
        if (payload.Encoding is PayloadEncoding.Grey8 or PayloadEncoding.Rgb8)
            return payload.Bytes.Length == _elements ? FillPixels(payload.Bytes.Span, row) : InferenceFault.Shape;
        var fault = ImageFile.Decode(payload.Encoding, payload.Bytes, _image, out var pixels);
        return fault == InferenceFault.None ? FillPixels(pixels, row) : fault;
    }

    /// <summary>
    /// A shape is the model's own when only dimensions of 1 differ, which move no value ([28, 28] is [1, 28, 28]). A model that wants a flat window takes any
    /// shape with as many values: a window of 64 may well be an image of 8 × 8.
    /// </summary>
    private bool IsOwnShape(ReadOnlySpan<int> asked)
    {
        if (asked.Length == 0)
            return true;
        var (matched, product) = (0, 1L);
        var isEqual = true;
        foreach (var dimension in asked)
        {
            if (dimension < 1 || (product *= dimension) > _elements)
                return false;
            if (dimension != 1)
                isEqual &= matched < _shape.Length && _shape[matched++] == dimension;
        }

        return product == _elements && (_shape.Length <= 1 || (isEqual && matched == _shape.Length));
    }

    /// <summary>Devices know their image, not where a model has its channels: [3, 224, 224] and [224, 224, 3] are the same image of colours side by
    /// side.</summary>
    private bool IsImageShape(ReadOnlySpan<int> asked)
    {
        while (asked.Length > 3 && asked[0] == 1)
            asked = asked[1..];
        var (height, width, channels) = (_image.Height, _image.Width, _image.Channels);
        return asked.SequenceEqual([channels, height, width]) || asked.SequenceEqual([height, width, channels]);
    }

    /// <summary>Fills a row with raw values, whether or not requests may send such.</summary>
    public InferenceFault FillTensor(in InferencePayload payload, Span<float> row)
    {
        if (payload.Bytes.Length != _elements * (long)sizeof(float) || !IsOwnShape(payload.Shape.Span))
            return InferenceFault.Shape;
        payload.Bytes.Span.CopyTo(MemoryMarshal.AsBytes(row));
        if (!BitConverter.IsLittleEndian)
        {
            var bits = MemoryMarshal.Cast<float, int>(row);
            BinaryPrimitives.ReverseEndianness(bits, bits);
        }

        return TensorPrimitives.IsFiniteAll<float>(row) ? InferenceFault.None : InferenceFault.NotFinite;
    }

    private InferenceFault FillPixels(ReadOnlySpan<byte> pixels, Span<float> row)
    {
        if (_image.Channels == 1)
            Scale(pixels, row, _factor[0], _offset[0]);
        else if (_image.ChannelsLast)
            FillInterleaved(pixels, row);
        else
            FillPlanes(pixels, row);
        return InferenceFault.None;
    }

    private void FillInterleaved(ReadOnlySpan<byte> pixels, Span<float> row)
    {
        for (var i = 0; i < row.Length - 2; i += 3)
        {
            row[i] = pixels[i] * _factor[0] + _offset[0];
            row[i + 1] = pixels[i + 1] * _factor[1] + _offset[1];
            row[i + 2] = pixels[i + 2] * _factor[2] + _offset[2];
        }
    }

    // Taking every third byte does not vectorise well, so this is one plain pass.
    private void FillPlanes(ReadOnlySpan<byte> pixels, Span<float> row)
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
