namespace StreamSched.SchemaGen;

/// <summary>A schema from which no code can be made; the message says which and why.</summary>
public sealed class SchemaException(string message) : Exception(message);
