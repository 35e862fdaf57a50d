using System.Reflection;
using Microsoft.Extensions.Logging;

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
    [InlineData("StreamSched.Onnx", "StreamSched.Core", "Microsoft.ML.OnnxRuntime", "Microsoft.Extensions.Logging.Abstractions")]
    public void A_library_knows_the_base_library_and_what_it_is_for(string name, params string[] allowed)
    {
        string[] known = [.. Assembly.Load(name).GetReferencedAssemblies().Select(a => a.Name!).Where(n => !n.StartsWith("System", StringComparison.Ordinal) && n != "netstandard")];
        Assert.Empty(known.Except(allowed));
    }

    [Fact]
    public void Every_id_of_a_log_line_is_used_once()
    {
        string[] assemblies = ["StreamSched.Kafka", "StreamSched.Onnx", "streamsched"];
        var ids = (from assembly in assemblies
                   from type in Assembly.Load(assembly).GetTypes()
                   from method in type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
                   where method.GetCustomAttribute<LoggerMessageAttribute>() is not null
                   select (method.GetCustomAttribute<LoggerMessageAttribute>()!.EventId, Name: $"{type.Name}.{method.Name}")).ToArray();
        Assert.True(ids.Length > 20);
        Assert.Empty(ids.GroupBy(i => i.EventId).Where(g => g.Count() > 1).Select(g => $"{g.Key}: {string.Join(", ", g.Select(i => i.Name))}"));
    }
}
