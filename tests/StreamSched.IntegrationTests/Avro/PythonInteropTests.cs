using StreamSched.Avro.Files;
using StreamSched.Avro.Records;
using StreamSched.Avro.Schemas;
using StreamSched.Tests;
using StreamSched.Tests.Avro;

namespace StreamSched.IntegrationTests.Avro;

/// <summary>Our bytes against Apache's Python implementation, as Debian ships it. It makes datetime objects of instants, which stay between 1970 and
/// 2100.</summary>
public sealed class PythonInteropTests : IDisposable
{
    private const int Count = 60;
    private readonly Probe _probe = new();

    public void Dispose() => _probe.Dispose();

    [Fact]
    public void Bodies_and_files_agree_byte_for_byte_on_every_schema()
    {
        var plan = WireSchemas.All.Select(schema =>
        {
            string file = Probe.SchemaFile(schema);
            var bodies = Bodies(schema, blocks: false);
            string input = _probe.Bodies(schema.Name, bodies);
            string blocks = _probe.Bodies(schema.Name + ".blocks", Bodies(schema, blocks: true));
            string container = _probe.File(schema.Name + ".avro");
            using (var stream = System.IO.File.Create(container))
            using (var writer = new ContainerWriter(stream, schema))
                bodies.ForEach(body => writer.Append(body));
            return (Schema: schema, Bodies: bodies,
                Recoded: _probe.Command("recode", file, input, _probe.File(schema.Name + ".recoded")),
                Merged: _probe.Command("recode", file, blocks, _probe.File(schema.Name + ".merged")),
                Contained: _probe.Command("container", file, container, _probe.File(schema.Name + ".contained")),
                Container: _probe.Command("write", file, input, _probe.File(schema.Name + ".theirs.avro")));
        }).ToList();

        _probe.Run(Components.Require("python"), Probe.Source("probe.py"));

        foreach (var step in plan)
        {
            Assert.Equal(step.Bodies, BodyFile.Read(step.Recoded));
            Assert.Equal(Bodies(step.Schema, blocks: true).Select(body => Codecs.Recode(step.Schema, body)), BodyFile.Read(step.Merged));
            Assert.Equal(step.Bodies, BodyFile.Read(step.Contained));
            using var theirs = System.IO.File.OpenRead(step.Container);
            Assert.True(ContainerReader.TryOpen(theirs, step.Schema, out var reader, out var fault), fault.ToString());
            var read = new List<byte[]>();
            while (reader.TryRead(out var body, out fault)) read.Add(body.ToArray());
            Assert.Equal(default, fault);
            Assert.Equal(step.Bodies, read);
        }
    }

    private static List<byte[]> Bodies(WireSchema schema, bool blocks)
    {
        var bodies = new RandomBody(new Random(12), blocks, narrow: true);
        return [.. Enumerable.Range(0, Count).Select(_ => bodies.Next(schema))];
    }
}
