namespace StreamSched.Schedulers;

/// <summary>How a processor stands in a scheduler's view.</summary>
internal readonly record struct ProcessorGauge(
    string Worker, string Processor, double Price, double VirtualQueue, double Backlog, double Utilisation, double Trust);
