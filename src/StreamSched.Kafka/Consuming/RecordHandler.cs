namespace StreamSched.Kafka.Consuming;

/// <summary>Takes one record. Its spans are valid only during the call.</summary>
/// <param name="record">The record.</param>
internal delegate void RecordHandler(in ReceivedRecord record);
