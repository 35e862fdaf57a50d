using System.Globalization;
using Confluent.Kafka;
using StreamSched.Kafka.Topics;

namespace StreamSched.Client;

/// <summary>Why a request did not get into the log, in a word for programs and a sentence for people.</summary>
internal static class DeliveryProblem
{
    /// <summary>The word and the sentence.</summary>
    /// <param name="error">As the client or the brokers report it.</param>
    /// <param name="topic">Full name of <c>requests</c>.</param>
    /// <param name="deviceTime">What the device's clock says.</param>
    public static (string Reason, string Detail) Of(Error error, string topic, DateTimeOffset deviceTime) => error.Code switch
    {
        ErrorCode.InvalidTimestamp =>
            ("clock", $"the brokers refuse the request's time: this device's clock says {deviceTime.UtcDateTime.ToString("s", CultureInfo.InvariantCulture)}Z, "
                + "more than an hour ahead of theirs. Set it by NTP"),
        ErrorCode.MsgSizeTooLarge or ErrorCode.InvalidMsgSize or ErrorCode.RecordListTooLarge =>
            ("too-large", $"the request is larger than {topic} takes ({TopicCatalogue.Contract(TopicCatalogue.Requests).MaxRecordBytes / 1024} KiB, "
                + "max.message.bytes). Send a smaller frame"),
        ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic or ErrorCode.Local_UnknownPartition =>
            ("unknown-topic", $"the topic {topic} does not exist, or lacks the partition. Create it: streamsched topics create"),
        ErrorCode.TopicAuthorizationFailed or ErrorCode.ClusterAuthorizationFailed =>
            ("authorization", $"the Kafka user may not write to {topic}. Grant it the right, or check sasl-username"),
        _ => ("not-stored", $"the request was not stored: {error.Reason}"),
    };
}
