using StreamSched.Core.Policies;

namespace StreamSched.Core.Networks;

/// <summary>A policy, its critic and, where they have one, their memory, with parameters and gradients in one flat array each: memory, actor, critic.</summary>
public sealed class ActorCritic
{
    /// <summary>With parameters of zero; see <see cref="Initialize"/>.</summary>
    /// <param name="shape">The shape.</param>
    /// <exception cref="ArgumentException">Sizes without sense.</exception>
    public ActorCritic(ActorCriticShape shape)
    {
        if (shape.Context <= 0 || shape.Actions <= 0 || shape.CandidateFeatures < 0 || shape.Memory < 0)
            throw new ArgumentException("a policy needs a context and actions; nothing can be negative", nameof(shape));
        Shape = shape;
        int seen = shape.Context + shape.Memory, memory = shape.Memory == 0 ? 0 : GruCell.CountParameters(shape.Context, shape.Memory);
        bool scores = shape.CandidateFeatures > 0;
        NetworkShape actor = NetworkShape.Perceptron(seen + shape.CandidateFeatures, shape.ActorHidden, shape.Activation, scores ? 1 : shape.Actions);
        NetworkShape critic = NetworkShape.Perceptron(seen, shape.CriticHidden, shape.Activation, 1);
        Parameters = new float[memory + actor.ParameterCount + critic.ParameterCount];
        if (memory > 0) Memory = new GruCell(shape.Context, shape.Memory, Parameters.AsMemory(0, memory));
        Actor = new Network(actor, Parameters.AsMemory(memory, actor.ParameterCount));
        Critic = new Network(critic, Parameters.AsMemory(memory + actor.ParameterCount));
    }

    /// <summary>The shape.</summary>
    public ActorCriticShape Shape { get; }

    /// <summary>All parameters: memory, actor, critic.</summary>
    public float[] Parameters { get; }

    /// <summary>Reads the context; null where there is no memory.</summary>
    public GruCell? Memory { get; }

    /// <summary>From context, state and (where candidates are scored) a candidate's features to scores.</summary>
    public Network Actor { get; }

    /// <summary>From context and state to the expected return.</summary>
    public Network Critic { get; }

    /// <summary>Orthogonal first values; the policy begins close to uniform.</summary>
    /// <param name="random">Source of draws.</param>
    public void Initialize(ref RandomStream random)
    {
        Memory?.Initialize(ref random);
        Initialization.Orthogonal(Actor, ref random, lastGain: 0.01f);
        Initialization.Orthogonal(Critic, ref random);
    }
}
