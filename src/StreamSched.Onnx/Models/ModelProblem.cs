namespace StreamSched.Onnx.Models;

/// <summary>Why something in the model folder cannot be used as it is.</summary>
/// <param name="Subject">The variant, or the folder's path where the folder itself is the problem.</param>
/// <param name="Message">What is wrong and what to change.</param>
public sealed record ModelProblem(string Subject, string Message);
