using System.Reflection;

namespace StreamSched.Tests;

/// <summary>Which project may know which: the walls of the layout.</summary>
public class ArchitectureTests
{
    [Theory]
    [InlineData("StreamSched.Core")]
    [InlineData("StreamSched.Avro", "Avro", "Newtonsoft.Json")]
    [InlineData("StreamSched.Learning", "StreamSched.Core", "Google.Protobuf")]
    [InlineData("StreamSched.Simulation", "StreamSched.Core", "StreamSched.Learning")]
    [InlineData("StreamSched.Kafka", "StreamSched.Core", "StreamSched.Avro", "Confluent.Kafka", "Microsoft.Extensions.Logging.Abstractions")]
    [InlineData("StreamSched.Onnx", "StreamSched.Core", "Microsoft.ML.OnnxRuntime", "StbImageSharp", "Microsoft.Extensions.Logging.Abstractions")]
    public void A_library_knows_the_base_library_and_what_it_is_for(string name, params string[] allowed)
    {
        string[] known = [.. Assembly.Load(name).GetReferencedAssemblies().Select(a => a.Name!).Where(n => !n.StartsWith("System", StringComparison.Ordinal) && n != "netstandard")];
        Assert.Empty(known.Except(allowed));
    }
}
