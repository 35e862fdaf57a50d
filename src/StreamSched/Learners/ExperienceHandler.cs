namespace StreamSched.Learners;

/// <summary>Takes a record of <c>experience</c>.</summary>
/// <param name="id">The request's id.</param>
/// <param name="record">The framed record, valid for the call.</param>
internal delegate void ExperienceHandler(Guid id, ReadOnlySpan<byte> record);
