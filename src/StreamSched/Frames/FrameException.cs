namespace StreamSched.Frames;

/// <summary>Frames, labels or arrival times cannot be read; the message names the file and says what to change.</summary>
internal sealed class FrameException(string message) : IOException(message);
