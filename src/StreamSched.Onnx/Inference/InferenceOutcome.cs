namespace StreamSched.Onnx.Inference;

/// <summary>What became of one item of a batch.</summary>
/// <param name="Fault">Why it was not answered, or <see cref="InferenceFault.None"/>.</param>
/// <param name="Row">Its row among the answered ones, for <see cref="ModelRunner.Values"/>; -1 where it was not answered.</param>
/// <param name="Label">Index of the largest score; -1 for models without labels and where it was not answered.</param>
public readonly record struct InferenceOutcome(InferenceFault Fault, int Row, int Label);
