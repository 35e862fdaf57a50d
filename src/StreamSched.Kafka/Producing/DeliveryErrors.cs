using Confluent.Kafka;

namespace StreamSched.Kafka.Producing;

/// <summary>What the error of a record that was not stored says about trying again.</summary>
internal static class DeliveryErrors
{
    /// <summary>Whether the record is too large, by librdkafka's limit or the brokers', or is refused as such: the same bytes would fail each time.</summary>
    public static bool IsRefusal(this ErrorCode code) => code
        is ErrorCode.MsgSizeTooLarge or ErrorCode.RecordListTooLarge or ErrorCode.InvalidMsgSize or ErrorCode.InvalidMsg or ErrorCode.InvalidRecord;
}
