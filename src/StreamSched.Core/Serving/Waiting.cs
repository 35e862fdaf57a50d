namespace StreamSched.Core.Serving;

/// <summary>One request that waits on a worker.</summary>
/// <typeparam name="T">What the worker keeps of it.</typeparam>
/// <param name="Item">What the worker keeps of it.</param>
/// <param name="AnswerBy">When the answer must leave the worker to be in time. µs.</param>
public readonly record struct Waiting<T>(T Item, long AnswerBy);
