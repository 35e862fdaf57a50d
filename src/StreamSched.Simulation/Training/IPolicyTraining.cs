using StreamSched.Core.OnlineLearning;
using StreamSched.Core.PolicyFiles;

namespace StreamSched.Simulation.Training;

/// <summary>A training under way. A pure function of its plan: the same seed and number of steps give the same policy, whether it was interrupted in between
/// or not.</summary>
public interface IPolicyTraining
{
    /// <summary>One step: a generation, a round; seconds to a minute.</summary>
    /// <param name="cancellation">Ends it; then nothing of this step may be left in what <see cref="Save"/> and <see cref="File"/> give.</param>
    /// <returns>A point of the learning curve: figures by name, the same names in every step.</returns>
    /// <exception cref="OperationCanceledException">It was to stop.</exception>
    IReadOnlyList<(string Name, double Value)> Advance(CancellationToken cancellation);

    /// <summary>Writes everything that it needs to go on.</summary>
    /// <param name="checkpoint">Where to.</param>
    void Save(Checkpoint checkpoint);

    /// <summary>Takes up what <see cref="Save"/> wrote.</summary>
    /// <param name="checkpoint">From where.</param>
    /// <exception cref="CheckpointException">It is of another training.</exception>
    void Load(Checkpoint checkpoint);

    /// <summary>The policy as it stands, as the bytes of a file.</summary>
    /// <param name="about">Name, version, scenarios, seeds, figures and notes of the training; what the policy has to add, it adds.</param>
    byte[] File(PolicyMetadata about);
}
