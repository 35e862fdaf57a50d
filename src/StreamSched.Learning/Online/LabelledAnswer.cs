using StreamSched.Core.Cluster;

namespace StreamSched.Learning.Online;

/// <summary>An answer whose true class a device has told.</summary>
/// <param name="Of">The variant, the site of the worker, and that of the device.</param>
/// <param name="Registered">Accuracy of the variant as registered, 0..1.</param>
/// <param name="IsRight">Whether the answer is the true class.</param>
/// <param name="Device">Stands for the device that says so.</param>
public readonly record struct LabelledAnswer(AccuracyKey Of, float Registered, bool IsRight, ulong Device);
