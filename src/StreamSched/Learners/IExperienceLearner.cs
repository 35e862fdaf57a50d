using StreamSched.Avro.Records;

namespace StreamSched.Learners;

/// <summary>Learns from experience as it is written.</summary>
internal interface IExperienceLearner
{
    /// <summary>Takes a request that was joined with its result.</summary>
    /// <param name="record">Valid for the call.</param>
    void Joined(scoped in ExperienceView record);

    /// <summary>Takes a request whose true class has become known.</summary>
    /// <param name="record">Valid for the call.</param>
    void Labelled(scoped in ExperienceView record);
}
