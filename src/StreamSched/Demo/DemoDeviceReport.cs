namespace StreamSched.Demo;

/// <summary>How one device fared.</summary>
internal sealed record DemoDeviceReport(
    string Device, string Task, double DeadlineMs, float MinAccuracy, long Sent, double Success, double Reject, double Failure, double Accuracy);
