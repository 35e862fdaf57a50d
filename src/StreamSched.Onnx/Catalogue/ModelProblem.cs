namespace StreamSched.Onnx.Catalogue;

/// <summary>Why something in the model folder cannot be used as it is.</summary>
/// <param name="Subject">The variant, or the folder's path where the folder itself is the problem.</param>
/// <param name="Message">What is wrong and what to change.</param>
/// <param name="IsPending">Whether it may end by itself: the model is still being loaded.</param>
public sealed record ModelProblem(string Subject, string Message, bool IsPending = false);
