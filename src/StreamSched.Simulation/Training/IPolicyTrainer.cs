namespace StreamSched.Simulation.Training;

/// <summary>How policies of one kind are trained. One class per kind, registered in <see cref="PolicyTrainers"/>.</summary>
public interface IPolicyTrainer
{
    /// <summary>The kind of policy: the name in its files.</summary>
    string Kind { get; }

    /// <summary>What is trained how, in a line.</summary>
    string Summary { get; }

    /// <summary>Begins a training.</summary>
    /// <param name="plan">In which worlds, with which seed.</param>
    IPolicyTraining Start(TrainingPlan plan);
}
