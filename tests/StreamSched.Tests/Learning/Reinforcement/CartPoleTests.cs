using StreamSched.Learning.Reinforcement;

namespace StreamSched.Tests.Learning.Reinforcement;

public class CartPoleTests
{
    [Fact]
    public void One_step_is_that_of_the_published_equations()
    {
        CartPole pole = new(1);
        pole.State.Clear();
        Assert.Equal(new StepResult(1, false, false), pole.Act(1));

        // At rest and upright, pushed with 10: the pole's angular acceleration is -F/M / (l (4/3 - m/M)), the cart's F/M - m l α / M.
        double angular = -(10 / 1.1) / (0.5 * ((4.0 / 3) - (0.1 / 1.1)));
        Assert.Equal([0, 0.02 * ((10 / 1.1) - (0.05 * angular / 1.1)), 0, 0.02 * angular], pole.State.ToArray());

        // With everything at once, computed by hand from the equations (g sin θ term, centrifugal term, Euler's method).
        double[] state = [0.1, 0.5, 0.1, -0.8];
        state.CopyTo(pole.State);
        pole.Act(0);
        double cos = Math.Cos(0.1), sin = Math.Sin(0.1), t = (-10 + (0.05 * 0.64 * sin)) / 1.1,
            alpha = ((9.8 * sin) - (cos * t)) / (0.5 * ((4.0 / 3) - (0.1 * cos * cos / 1.1)));
        double[] expected = [0.1 + (0.02 * 0.5), 0.5 + (0.02 * (t - (0.05 * alpha * cos / 1.1))), 0.1 - (0.02 * 0.8), -0.8 + (0.02 * alpha)];
        for (int i = 0; i < 4; i++) Assert.Equal(expected[i], pole.State[i], 1e-12);
    }

    [Theory]
    [InlineData(0, 2.39, 0, false)]
    [InlineData(0, 2.41, 0, true)]
    [InlineData(2, 0.2094, 0, false)]
    [InlineData(2, 0.2096, 0, true)]
    public void An_episode_ends_beyond_the_limits(int index, double value, int action, bool ends)
    {
        CartPole pole = new(1);
        pole.State.Clear();
        pole.State[index] = value;
        Assert.Equal(ends, pole.Act(action).Terminated);
    }

    [Fact]
    public void An_episode_is_cut_off_after_500_steps_and_chance_ends_it_after_22()
    {
        CartPole pole = new(1);
        for (int step = 1; step <= 500; step++)
        {
            pole.State.Clear();
            Assert.Equal(new StepResult(1, false, step == 500), pole.Act(0));
        }

        StreamSched.Core.Policies.RandomStream random = new(4);
        double steps = 0;
        for (int episode = 0; episode < 1000; episode++)
        {
            pole.Reset();
            do steps++;
            while (!pole.Act(random.NextInt32(2)).Terminated);
        }

        Assert.InRange(steps / 1000, 20.5, 24); // Gymnasium's random policy: 22
    }
}
