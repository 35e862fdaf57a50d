namespace StreamSched.Core.Networks;

/// <summary>
/// The shape of a policy with its critic. An observation is the context, and after it, where candidates are scored one by one, the features of each
/// candidate: [<see cref="Context"/>] and then [<see cref="Actions"/>, <see cref="CandidateFeatures"/>]. The critic sees the context. With memory, a recurrent
/// cell reads the context, and its state stands behind the context for actor and critic.
/// </summary>
public sealed record ActorCriticShape
{
    /// <summary>Length of the context, positive.</summary>
    public required int Context { get; init; }

    /// <summary>Actions; where candidates are scored, the most that there can be: others are masked.</summary>
    public required int Actions { get; init; }

    /// <summary>
    /// 0: the actor has one output per action. Else it is one network for all candidates, with one output, that sees context, state and the candidate's
    /// features: permuting the candidates permutes the probabilities.
    /// </summary>
    public int CandidateFeatures { get; init; }

    /// <summary>Length of the recurrent state; 0: no memory.</summary>
    public int Memory { get; init; }

    /// <summary>Units of the actor's hidden layers.</summary>
    public IReadOnlyList<int> ActorHidden { get; init; } = [64, 64];

    /// <summary>Units of the critic's hidden layers.</summary>
    public IReadOnlyList<int> CriticHidden { get; init; } = [64, 64];

    /// <summary>Activation of hidden layers.</summary>
    public Activation Activation { get; init; } = Activation.Tanh;

    /// <summary>Length of an observation.</summary>
    public int ObservationSize => Context + (Actions * CandidateFeatures);
}
