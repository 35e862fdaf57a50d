namespace StreamSched.Kafka.Diagnostics;

/// <summary>Something that keeps a running role from doing all of its work, until it is over.</summary>
/// <param name="Code">What it is, in kebab case, such as <c>partition-stuck</c>; docs/operations.md lists them.</param>
/// <param name="Subject">What it is about: a partition, a worker, a model.</param>
/// <param name="Text">What is wrong and what helps, in one line.</param>
/// <param name="BlocksReady">Whether the role is not ready while it holds.</param>
internal sealed record Condition(string Code, string Subject, string Text, bool BlocksReady);
