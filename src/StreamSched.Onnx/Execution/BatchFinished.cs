namespace StreamSched.Onnx.Execution;

/// <summary>Takes the result of a batch, on the thread of the slot that ran it; the slot is free again when this returns.</summary>
/// <param name="result">What became of the batch.</param>
public delegate void BatchFinished(in BatchResult result);
