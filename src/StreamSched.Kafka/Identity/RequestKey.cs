namespace StreamSched.Kafka.Identity;

/// <summary>Identity of a request: what its device called it, and which device that was.</summary>
/// <param name="Id">The request's UUID, made by the device.</param>
/// <param name="Device">A hash of the device id, seeded per process (see <see cref="NameHash"/>).</param>
internal readonly record struct RequestKey(Guid Id, ulong Device);
