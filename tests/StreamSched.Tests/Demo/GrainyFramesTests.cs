using StreamSched.Avro.Records;
using StreamSched.Demo;
using StreamSched.Frames;
using StreamSched.Onnx.Inference;
using StreamSched.Simulation.Scenarios;
using StreamSched.Tests.Onnx;

namespace StreamSched.Tests.Demo;

public class GrainyFramesTests
{
    private static readonly DemoWorld World = DemoWorld.Read("demo-learn", TimeSpan.FromSeconds(90), 1, "accuracy");

    // What the simulator takes for granted is what happens in the demo.
    [Theory]
    [InlineData("fashion-xs")]
    [InlineData("fashion-s")]
    [InlineData("fashion-m")]
    [InlineData("fashion-l")]
    public void U5_shipped_models_err_on_them_as_often_as_the_scenario_says(string name)
    {
        EventDefinition drift = World.Scenario.Events.Single(e => e.Kind == EventKind.Accuracy && e.Variant == name);
        IReadOnlyList<Frame> frames = GrainyFrames.Of(FrameSet.Read(Path.Combine(Sample.Models, "frames", "fashion-2000-images-idx3-ubyte.gz")), 5);
        var model = Sample.Load(name);
        int right = 0;
        using (var runner = Sample.Rent(model))
        {
            var outcomes = new InferenceOutcome[16];
            for (int i = 0; i < frames.Count; i += 16)
            {
                var batch = frames.Skip(i).Take(16).Select(f => Sample.Grey(f.Payload)).ToArray();
                Assert.Equal(batch.Length, runner.Run(batch, outcomes));
                right += Enumerable.Range(0, batch.Length).Count(k => outcomes[k].Label == frames[i + k].Label);
            }
        }

        model.Retire();
        double expected = drift.Factor.Least * World.AccuracyOf(name), measured = (double)right / frames.Count;
        Assert.InRange(measured, expected - 0.025, expected + 0.025);
    }

    [Fact]
    public void The_same_seed_gives_the_same_grain_and_labels_stay()
    {
        IReadOnlyList<Frame> frames = [new Frame([0, 100, 255, 7], PayloadEncoding.Grey8, [1, 2, 2], 3)];
        Frame one = GrainyFrames.Of(frames, 1)[0];
        Assert.Equal(one.Payload, GrainyFrames.Of(frames, 1)[0].Payload);
        Assert.NotEqual(one.Payload, GrainyFrames.Of(frames, 2)[0].Payload);
        Assert.NotEqual(frames[0].Payload, one.Payload);
        Assert.Equal(3, one.Label);
    }
}
