namespace StreamSched.Analysis.Training;

/// <summary>Reads a log from its beginning to its end.</summary>
/// <param name="handler">Takes each record.</param>
internal delegate void ExperienceReader(ExperienceHandler handler);
