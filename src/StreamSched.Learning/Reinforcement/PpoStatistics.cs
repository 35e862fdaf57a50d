namespace StreamSched.Learning.Reinforcement;

/// <summary>What an update did, means over its minibatches.</summary>
/// <param name="PolicyLoss">Clipped objective, negated.</param>
/// <param name="ValueLoss">Half the critic's squared error.</param>
/// <param name="Entropy">Nats per decision.</param>
/// <param name="Divergence">Estimated Kullback-Leibler divergence from the policy that decided, in the last minibatch.</param>
/// <param name="ClippedShare">Share of decisions whose ratio was clipped.</param>
/// <param name="GradientNorm">Length of the gradient before clipping.</param>
/// <param name="Epochs">Epochs begun.</param>
public readonly record struct PpoStatistics(
    float PolicyLoss, float ValueLoss, float Entropy, float Divergence, float ClippedShare, float GradientNorm, int Epochs);
