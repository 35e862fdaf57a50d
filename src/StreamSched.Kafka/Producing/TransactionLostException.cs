namespace StreamSched.Kafka.Producing;

/// <summary>A transaction failed, or what became of it is not known: a new producer has to ask.</summary>
internal sealed class TransactionLostException(string message, Exception inner) : Exception(message, inner);
