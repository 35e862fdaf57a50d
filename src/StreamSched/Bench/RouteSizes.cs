namespace StreamSched.Bench;

/// <summary>Records as the scheduler writes them, for the bare loop to write the same amounts.</summary>
/// <param name="Work">A work item; the request stands at its end.</param>
/// <param name="ShortDecision">A decision in short.</param>
/// <param name="FullDecision">A decision in full, which one in a hundred is.</param>
/// <param name="RequestBytes">Size of a request.</param>
internal sealed record RouteSizes(byte[] Work, byte[] ShortDecision, byte[] FullDecision, int RequestBytes)
{
    /// <summary>Lets the dispatcher write some.</summary>
    public static RouteSizes Measure(string policy, int workers, int payloadBytes, TimeProvider time)
    {
        DispatcherRig rig = new(policy, workers, payloadBytes, time) { Keeps = true };
        for (int round = 0; rig.FullDecision.Length == 0 && round < 100; round++) rig.Round(100);
        RouteRecords records = new(payloadBytes, 0, 1_800_000_000_000_000);
        return new RouteSizes(rig.LastWork, rig.ShortDecision, rig.FullDecision, records.RequestBytes);
    }
}
