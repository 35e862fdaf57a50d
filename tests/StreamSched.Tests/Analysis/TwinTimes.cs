namespace StreamSched.Tests.Analysis;

/// <summary>What the parts of a request's way took, in seconds.</summary>
internal readonly record struct TwinTimes(double Access, double Out, double Queue, double Service, double Back);
