namespace StreamSched.Onnx.Models;

/// <summary>How large requests and answers may be on their way to a worker and back: what the topics take, less what stands around them.</summary>
/// <param name="RequestBytes">Of a request's payload.</param>
/// <param name="AnswerBytes">Of an answer's values, float32.</param>
/// <param name="RequestTopics">The topics that a request goes through, for messages.</param>
/// <param name="AnswerTopic">The topic that an answer goes through, for messages.</param>
public sealed record PayloadLimits(long RequestBytes, long AnswerBytes, string RequestTopics, string AnswerTopic)
{
    /// <summary>Where no topic is in between.</summary>
    public static PayloadLimits None { get; } = new(long.MaxValue, long.MaxValue, "", "");
}
