using StreamSched.Core.Networks;

namespace StreamSched.Core.Policies.Learned;

/// <summary><see cref="NeuralPolicy"/> that goes on learning from results while it serves (<see cref="OnlineCorrection"/>).</summary>
internal sealed class LearningNeuralPolicy : ObservedNeuralPolicy
{
    private readonly OnlineCorrection _online;

    public LearningNeuralPolicy(Network network, PriceParameters price)
        : this(network, price, new OnlineCorrection(network))
    {
    }

    private LearningNeuralPolicy(Network network, PriceParameters price, OnlineCorrection online)
        : base(network, price, online, guarded: true) => _online = online;

    public override void Ended(int handle, in DecisionOutcome outcome)
    {
        base.Ended(handle, outcome);
        Serving.Network = _online.Served;
    }
}
