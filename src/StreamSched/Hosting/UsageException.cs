namespace StreamSched.Hosting;

/// <summary>The command line or a settings file asks for what there is not; the message says what to change.</summary>
internal sealed class UsageException(string message) : Exception(message);
