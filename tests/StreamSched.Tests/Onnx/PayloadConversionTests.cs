using StreamSched.Onnx.Inference;
using StreamSched.Onnx.Models;

namespace StreamSched.Tests.Onnx;

public class PayloadConversionTests
{
    [Fact]
    public void Grey_pixels_are_scaled_at_every_length()
    {
        for (var length = 1; length < 300; length++)
        {
            var pixels = Enumerable.Range(0, length).Select(i => (byte)(i * 7)).ToArray();
            var values = new float[length];
            PayloadConversion.Scale(pixels, values, 1 / 255f, -0.5f);
            for (var i = 0; i < length; i++)
                Assert.Equal(pixels[i] / 255f - 0.5f, values[i], 1e-6f);
        }
    }

    [Fact]
    public void Interleaved_colours_become_planes_normalised_per_channel()
    {
        var input = new ModelInput { Name = "x", Shape = [3, 2, 5], PixelScale = 255, Mean = [0.485f, 0.456f, 0.406f], Deviation = [0.229f, 0.224f, 0.225f] };
        var pixels = Enumerable.Range(0, 30).Select(i => (byte)(i * 8)).ToArray();
        var row = new float[30];
        Assert.Equal(InferenceFault.None, new PayloadConversion(input).Fill(new InferencePayload(PayloadEncoding.Rgb8, new[] { 3, 2, 5 }, pixels), row));
        for (var channel = 0; channel < 3; channel++)
        {
            for (var i = 0; i < 10; i++)
                Assert.Equal((pixels[3 * i + channel] / 255f - input.Mean[channel]) / input.Deviation[channel], row[10 * channel + i], 1e-5f);
        }
    }

    [Fact]
    public void Grey_does_not_fit_a_colour_model()
    {
        var conversion = new PayloadConversion(new ModelInput { Name = "x", Shape = [3, 2, 2] });
        Assert.Equal(InferenceFault.Encoding, conversion.Fill(Sample.Grey(new byte[12]), new float[12]));
    }
}
