using StreamSched.Onnx.Inference;
using StreamSched.Onnx.Models;
using StreamSched.Onnx.Processors;

namespace StreamSched.Tests.Onnx;

public class ModelRunnerTests
{
    [Theory]
    [InlineData("digits-xs", "digits-599")]
    [InlineData("digits-s", "digits-599")]
    [InlineData("digits-m", "digits-599")]
    [InlineData("fashion-xs", "fashion-2000")]
    [InlineData("fashion-s", "fashion-2000")]
    [InlineData("fashion-m", "fashion-2000")]
    public void Answers_real_frames_as_accurately_as_the_manifest_says(string name, string frames)
    {
        var model = Sample.Load(name);
        var (images, labels) = Sample.Frames(frames);
        var right = 0;
        using (var runner = Sample.Rent(model))
        {
            var outcomes = new InferenceOutcome[16];
            for (var i = 0; i < images.Length; i += 16)
            {
                var batch = images[i..Math.Min(i + 16, images.Length)].Select(image => Sample.Grey(image)).ToArray();
                Assert.Equal(batch.Length, runner.Run(batch, outcomes));
                right += Enumerable.Range(0, batch.Length).Count(k => outcomes[k].Label == labels[i + k]);
            }
        }

        model.Retire();
        // The digits are the very images of the manifest's figure; of Fashion-MNIST's 10,000, these are the first 2,000: within 3 standard errors.
        var expected = model.Manifest.Accuracy;
        var tolerance = frames.StartsWith("digits", StringComparison.Ordinal) ? 0.0001 : 3 * Math.Sqrt(expected * (1 - expected) / images.Length);
        Assert.InRange((double)right / images.Length, expected - tolerance, expected + tolerance);
    }

    [Theory]
    [InlineData("digits-m", "digits-599")]
    [InlineData("fashion-l", "fashion-2000")]
    public void Answers_are_the_same_alone_and_in_a_batch_and_as_raw_tensor(string name, string frames)
    {
        var model = Sample.Load(name);
        var (images, _) = Sample.Frames(frames);
        using (var runner = Sample.Rent(model))
        {
            var outcomes = new InferenceOutcome[16];
            Assert.Equal(16, runner.Run(images[..16].Select(image => Sample.Grey(image)).ToArray(), outcomes));
            var together = outcomes.Select(outcome => (outcome.Label, Values: runner.Values(outcome).ToArray())).ToArray();
            for (var i = 0; i < 16; i++)
            {
                Assert.Equal(1, together[i].Values.Sum(), 1e-5);
                foreach (var payload in new[] { Sample.Grey(images[i]), Sample.Tensor([.. images[i].Select(pixel => pixel / 255f)]) })
                {
                    runner.Run([payload], outcomes);
                    Assert.Equal(together[i].Label, outcomes[0].Label);
                    foreach (var (alone, batched) in runner.Values(outcomes[0]).ToArray().Zip(together[i].Values))
                        Assert.Equal(batched, alone, 1e-5f);
                }
            }
        }

        model.Retire();
    }

    public static TheoryData<string, int, int[], int, InferenceFault> BadPayloads() => new()
    {
        { "fashion-xs", (int)PayloadEncoding.Grey8, [], 783, InferenceFault.Shape },
        { "fashion-xs", (int)PayloadEncoding.Grey8, [], 0, InferenceFault.Shape },
        { "fashion-xs", (int)PayloadEncoding.Grey8, [14, 56], 784, InferenceFault.Shape },
        { "fashion-xs", (int)PayloadEncoding.Grey8, [784], 784, InferenceFault.Shape },
        { "fashion-xs", (int)PayloadEncoding.Grey8, [-1, -28, 28], 784, InferenceFault.Shape },
        { "fashion-xs", (int)PayloadEncoding.Tensor, [1, 28, 28], 784, InferenceFault.Shape },
        { "fashion-xs", (int)PayloadEncoding.Rgb8, [3, 28, 28], 2352, InferenceFault.Encoding },
        { "fashion-xs", (int)PayloadEncoding.Png, [], 784, InferenceFault.Encoding },
        { "fashion-xs", (int)PayloadEncoding.Jpeg, [], 784, InferenceFault.Encoding },
        { "fashion-xs", 77, [], 784, InferenceFault.Encoding },
        { "digits-xs", (int)PayloadEncoding.Grey8, [8, 9], 64, InferenceFault.Shape },
        { "digits-xs", (int)PayloadEncoding.Grey8, [int.MaxValue, int.MaxValue, 2], 64, InferenceFault.Shape },
        { "digits-xs", (int)PayloadEncoding.Grey8, [-8, -8], 64, InferenceFault.Shape },
    };

    [Theory]
    [MemberData(nameof(BadPayloads))]
    public void A_bad_payload_fails_alone_and_the_rest_of_its_batch_is_answered(string name, int encoding, int[] shape, int bytes, InferenceFault expected)
    {
        var model = Sample.Load(name);
        var good = Sample.Grey(new byte[model.Manifest.Input.Elements]);
        using (var runner = Sample.Rent(model))
        {
            var outcomes = new InferenceOutcome[3];
            var answered = runner.Run([good, new InferencePayload((PayloadEncoding)encoding, shape, new byte[bytes]), good], outcomes);
            Assert.Equal(2, answered);
            Assert.Equal(2, runner.Ran);
            Assert.Equal([InferenceFault.None, expected, InferenceFault.None], outcomes.Select(outcome => outcome.Fault));
            Assert.Equal(runner.Values(outcomes[0]).ToArray(), runner.Values(outcomes[2]).ToArray());
        }

        model.Retire();
    }

    [Theory]
    [InlineData("fashion-xs", new[] { 28, 28 })]
    [InlineData("fashion-xs", new[] { 1, 28, 28 })]
    [InlineData("fashion-xs", new[] { 1, 1, 28, 28 })]
    [InlineData("digits-xs", new[] { 8, 8 })]
    [InlineData("digits-xs", new[] { 1, 8, 8 })]
    [InlineData("digits-xs", new[] { 64 })]
    public void Shapes_that_mean_the_same_fit(string name, int[] shape)
    {
        var model = Sample.Load(name);
        using (var runner = Sample.Rent(model))
            Assert.Equal(1, runner.Run([Sample.Grey(new byte[model.Manifest.Input.Elements], shape)], new InferenceOutcome[1]));
        model.Retire();
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void A_tensor_with_a_value_that_is_not_finite_is_refused(float value)
    {
        var model = Sample.Load("digits-xs");
        using (var runner = Sample.Rent(model))
        {
            var outcomes = new InferenceOutcome[2];
            var values = new float[64];
            values[63] = value;
            Assert.Equal(1, runner.Run([Sample.Tensor(values), Sample.Tensor(new float[64])], outcomes));
            Assert.Equal(InferenceFault.NotFinite, outcomes[0].Fault);
            Assert.Equal("not-finite", outcomes[0].Fault.Reason());
        }

        model.Retire();
    }

    [Fact]
    public void An_output_that_is_not_finite_is_the_models_fault_and_its_neighbours_are_answered()
    {
        var model = Sample.Load("digits-xs");
        using (var runner = Sample.Rent(model))
        {
            var outcomes = new InferenceOutcome[3];
            var huge = Enumerable.Repeat(float.MaxValue, 64).ToArray();
            Assert.Equal(2, runner.Run([Sample.Tensor(huge), Sample.Tensor(new float[64]), Sample.Tensor(new float[64])], outcomes));
            Assert.Equal([InferenceFault.Model, InferenceFault.None, InferenceFault.None], outcomes.Select(outcome => outcome.Fault));
            Assert.Contains("not finite", runner.Failure, StringComparison.Ordinal);
        }

        model.Retire();
    }

    [Fact]
    public void A_model_without_labels_gives_its_raw_tensor()
    {
        using var folder = new ModelFolder("digits-xs");
        var manifest = File.ReadAllText(folder.File("digits-xs.json"));
        var labels = manifest.IndexOf("\"labels\"", StringComparison.Ordinal);
        File.WriteAllText(folder.File("digits-xs.json"), manifest.Remove(labels, manifest.IndexOf("],", labels, StringComparison.Ordinal) + 2 - labels)
            .Replace("\"kind\": \"logits\"", "\"kind\": \"tensor\"", StringComparison.Ordinal));
        var raw = ModelLoader.Load(folder.Path, "digits-xs", new ProcessorSettings());
        var classifier = Sample.Load("digits-xs");
        var frame = Sample.Grey(Sample.Frames("digits-599").Images[0]);
        var outcomes = new InferenceOutcome[1];
        using (var runner = Sample.Rent(raw))
        using (var other = Sample.Rent(classifier))
        {
            runner.Run([frame], outcomes);
            Assert.Equal(-1, outcomes[0].Label);
            var logits = runner.Values(outcomes[0]).ToArray();
            other.Run([frame], outcomes);
            var exponentials = logits.Select(logit => Math.Exp(logit - logits.Max())).ToArray();
            foreach (var (expected, actual) in exponentials.Zip(other.Values(outcomes[0]).ToArray()))
                Assert.Equal(expected / exponentials.Sum(), actual, 1e-5);
        }

        raw.Retire();
        classifier.Retire();
    }

    [Theory]
    [InlineData("digits-xs")]
    [InlineData("fashion-s")]
    public void A_run_allocates_nothing(string name)
    {
        var model = Sample.Load(name);
        using (var runner = Sample.Rent(model))
        {
            var payloads = Enumerable.Repeat(Sample.Grey(new byte[model.Manifest.Input.Elements]), 16).ToArray();
            var outcomes = new InferenceOutcome[16];
            for (var i = 0; i < 100; i++)
                runner.Run(payloads.AsSpan(0, 1 + i % 16), outcomes);
            Assert.Equal(0, Allocations.Of(() =>
            {
                for (var i = 0; i < 160; i++) runner.Run(payloads.AsSpan(0, 1 + i % 16), outcomes);
            }));
        }

        model.Retire();
    }

    [Fact]
    public void A_batch_larger_than_the_model_takes_is_a_bug_of_the_caller()
    {
        var model = Sample.Load("digits-xs");
        using (var runner = Sample.Rent(model))
            Assert.Throws<ArgumentOutOfRangeException>(() => runner.Run(new InferencePayload[17], new InferenceOutcome[17]));
        model.Retire();
    }
}
