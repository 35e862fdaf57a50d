using StreamSched.Core.OnlineLearning;

namespace StreamSched.Tests.Learning.Optimization;

public class AdamTests
{
    [Fact]
    public void Steps_are_those_of_the_published_algorithm()
    {
        AdamSettings settings = new() { LearningRate = 0.1f, MaxGradientNorm = 5 };
        Adam adam = new(11, settings);
        float[] parameters = [.. Enumerable.Range(0, 11).Select(i => (float)i)];
        double[] expected = [.. parameters.Select(p => (double)p)], m = new double[11], v = new double[11];
        for (int step = 1; step <= 20; step++)
        {
            float[] gradients = [.. Enumerable.Range(0, 11).Select(i => MathF.Sin((step * 3) + i) * step)];
            double norm = Math.Sqrt(gradients.Sum(g => (double)g * g)), scale = Math.Min(1, 5 / norm);
            Assert.Equal(norm, adam.Step(parameters, (float[])gradients.Clone()), 1e-4);
            for (int i = 0; i < 11; i++)
            {
                m[i] = (0.9 * m[i]) + (0.1 * gradients[i] * scale);
                v[i] = (0.999 * v[i]) + (0.001 * gradients[i] * scale * gradients[i] * scale);
                expected[i] -= 0.1 * (m[i] / (1 - Math.Pow(0.9, step))) / (Math.Sqrt(v[i] / (1 - Math.Pow(0.999, step))) + 1e-8);
                Assert.Equal(expected[i], parameters[i], 1e-4);
            }
        }
    }

    [Fact]
    public void A_gradient_that_is_no_number_moves_nothing()
    {
        Adam adam = new(2, new AdamSettings());
        float[] parameters = [1, 2], gradients = [float.NaN, 1];
        Assert.False(float.IsFinite(adam.Step(parameters, gradients)));
        Assert.Equal([1f, 2f], parameters);
        Assert.Equal([0f, 0f], gradients);
    }

    [Fact]
    public void A_checkpoint_goes_through_a_file_and_damage_is_noticed()
    {
        string file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            Checkpoint checkpoint = new();
            checkpoint.Set("a", new float[] { 1, float.NaN, 3 });
            checkpoint.Set("n", 42UL);
            checkpoint.Save(file);
            Checkpoint loaded = Checkpoint.Load(file);
            Assert.Equal([1, float.NaN, 3], loaded.Get<float>("a"));
            Assert.Equal(42UL, loaded.GetUInt64("n"));
            Assert.Throws<CheckpointException>(() => loaded.GetUInt64("other"));
            Assert.Throws<CheckpointException>(() => loaded.Get("a", new float[2].AsSpan()));
            Assert.Throws<CheckpointException>(() => loaded.Get<double>("a"));

            byte[] bytes = File.ReadAllBytes(file);
            for (int cut = 0; cut < bytes.Length; cut++)
            {
                File.WriteAllBytes(file, bytes[..cut]);
                Assert.Throws<CheckpointException>(() => Checkpoint.Load(file));
            }

            bytes[20] ^= 1;
            File.WriteAllBytes(file, bytes);
            Assert.Contains("damaged", Assert.Throws<CheckpointException>(() => Checkpoint.Load(file)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
