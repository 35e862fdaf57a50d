using StreamSched.Avro.Records;

namespace StreamSched.Analysis.Training;

/// <summary>Takes a record of a log.</summary>
/// <param name="record">An experience, or its revision.</param>
internal delegate void ExperienceHandler(in ExperienceView record);
