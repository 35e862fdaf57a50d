using StreamSched.Core.OnlineLearning;
using StreamSched.Core.Policies;

namespace StreamSched.Learning.Reinforcement;

/// <summary>
/// The cart and pole of Barto, Sutton and Anderson (1983) as Gymnasium's CartPole-v1 states it: the reward is 1 a step, an episode ends when the pole leans
/// more than 12 degrees or the cart is more than 2.4 off the middle, and is cut off after 500 steps. A problem with known results, to show that learners are
/// right.
/// </summary>
public sealed class CartPole : IEnvironment
{
    /// <summary>Steps after which an episode is cut off, hence the highest return.</summary>
    public const int StepLimit = 500;

    private const double Gravity = 9.8, CartMass = 1, PoleMass = 0.1, TotalMass = CartMass + PoleMass, HalfLength = 0.5, Force = 10, Tau = 0.02;
    private const double PositionLimit = 2.4, AngleLimit = 12 * 2 * Math.PI / 360;
    private readonly double[] _state = new double[4]; // position, velocity, angle, angular velocity
    private RandomStream _random;
    private int _steps;

    /// <summary>An environment at the start of an episode.</summary>
    /// <param name="seed">Of its starting states.</param>
    public CartPole(ulong seed)
    {
        _random = RandomStream.For(seed, "cartpole");
        Reset();
    }

    /// <inheritdoc/>
    public int ObservationSize => 4;

    /// <inheritdoc/>
    public int Actions => 2;

    /// <summary>Position, velocity, angle, angular velocity; in m, m/s, rad, rad/s.</summary>
    internal Span<double> State => _state;

    /// <inheritdoc/>
    public void Reset()
    {
        for (int i = 0; i < 4; i++) _state[i] = (_random.NextDouble() * 0.1) - 0.05;
        _steps = 0;
    }

    /// <inheritdoc/>
    public void Observe(Span<float> observation, Span<bool> mask)
    {
        for (int i = 0; i < 4; i++) observation[i] = (float)_state[i];
    }

    /// <inheritdoc/>
    public StepResult Act(int action)
    {
        (double x, double velocity, double angle, double spin) = (_state[0], _state[1], _state[2], _state[3]);
        double cos = Math.Cos(angle), sin = Math.Sin(angle);
        double temp = ((action == 1 ? Force : -Force) + (PoleMass * HalfLength * spin * spin * sin)) / TotalMass;
        double spinning = ((Gravity * sin) - (cos * temp)) / (HalfLength * ((4.0 / 3) - (PoleMass * cos * cos / TotalMass)));
        double acceleration = temp - (PoleMass * HalfLength * spinning * cos / TotalMass);
        _state[0] = x + (Tau * velocity);
        _state[1] = velocity + (Tau * acceleration);
        _state[2] = angle + (Tau * spin);
        _state[3] = spin + (Tau * spinning);
        _steps++;
        bool fell = Math.Abs(_state[0]) > PositionLimit || Math.Abs(_state[2]) > AngleLimit;
        return new StepResult(1, fell, !fell && _steps >= StepLimit);
    }

    /// <inheritdoc/>
    public void Save(Checkpoint checkpoint, string key)
    {
        checkpoint.Set(key + ".state", _state);
        checkpoint.Set(key + ".random", _random.State);
        checkpoint.Set(key + ".steps", (ulong)_steps);
    }

    /// <inheritdoc/>
    public void Load(Checkpoint checkpoint, string key)
    {
        checkpoint.Get(key + ".state", _state);
        _random = new RandomStream(checkpoint.GetUInt64(key + ".random"));
        _steps = (int)checkpoint.GetUInt64(key + ".steps");
    }
}
