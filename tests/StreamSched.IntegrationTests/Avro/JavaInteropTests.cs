using StreamSched.Avro.Files;
using StreamSched.Avro.Records;
using StreamSched.Avro.Resolution;
using StreamSched.Avro.Schemas;
using StreamSched.Tests;
using StreamSched.Tests.Avro;

namespace StreamSched.IntegrationTests.Avro;

/// <summary>Our bytes and resolution against Apache's Java implementation, the reference.</summary>
public sealed class JavaInteropTests : IDisposable
{
    private const int Count = 300;
    private readonly Probe _probe = new();

    public void Dispose() => _probe.Dispose();

    [Fact]
    public void Bodies_frames_fingerprints_and_files_agree_byte_for_byte_on_every_schema()
    {
        var bodies = WireSchemas.All.ToDictionary(schema => schema, schema => Bodies(schema, blocks: false));
        var plan = WireSchemas.All.Select(schema =>
        {
            string file = Probe.SchemaFile(schema), input = _probe.Bodies(schema.Name, bodies[schema]);
            string blocks = _probe.Bodies(schema.Name + ".blocks", Bodies(schema, blocks: true));
            string messages = _probe.Bodies(schema.Name + ".messages", bodies[schema].Select(body => Codecs.Frame(schema, body)));
            string container = _probe.File(schema.Name + ".avro");
            using (var stream = System.IO.File.Create(container))
            using (var writer = new ContainerWriter(stream, schema))
                bodies[schema].ForEach(body => writer.Append(body));
            return (Schema: schema,
                Fingerprint: _probe.Command("fingerprint", file, _probe.File(schema.Name + ".fingerprint")),
                Recoded: _probe.Command("recode", file, input, _probe.File(schema.Name + ".recoded")),
                Merged: _probe.Command("recode", file, blocks, _probe.File(schema.Name + ".merged")),
                Blocked: _probe.Command("blocked", file, input, _probe.File(schema.Name + ".blocked")),
                Framed: _probe.Command("framed", file, messages, _probe.File(schema.Name + ".framed")),
                Container: _probe.Command("container", file, container, _probe.File(schema.Name + ".contained")));
        }).ToList();

        RunJava();

        int otherwise = 0;
        foreach (var step in plan)
        {
            Assert.StartsWith(step.Schema.Fingerprint.ToString("x16"), System.IO.File.ReadAllText(step.Fingerprint), StringComparison.Ordinal);
            Assert.Equal(bodies[step.Schema], BodyFile.Read(step.Recoded));
            Assert.Equal(bodies[step.Schema].Select(body => Codecs.Frame(step.Schema, body)), BodyFile.Read(step.Framed));
            Assert.Equal(bodies[step.Schema], BodyFile.Read(step.Container));
            Assert.Equal(Bodies(step.Schema, blocks: true).Select(body => Codecs.Recode(step.Schema, body)), BodyFile.Read(step.Merged));
            // What Java writes in blocks is other bytes for the same values.
            var blocked = BodyFile.Read(step.Blocked);
            Assert.Equal(bodies[step.Schema], blocked.Select(body => Codecs.Recode(step.Schema, body)));
            otherwise += blocked.Zip(bodies[step.Schema]).Count(pair => !pair.First.AsSpan().SequenceEqual(pair.Second));
        }
        Assert.True(otherwise > Count, $"only {otherwise} bodies came back in blocks");
    }

    [Fact]
    public void Foreign_schemas_resolve_to_the_same_bytes()
    {
        var plan = EvolutionCases.All.Select(entry =>
        {
            var writer = KnownSchema.Parse("writer", entry.Value.Writer);
            var bodies = new RandomBody(new Random(11), blocks: true);
            List<byte[]> input = [.. Enumerable.Range(0, 200).Select(_ => bodies.Next(writer.Marked))];
            string writerFile = _probe.Text(entry.Key + ".writer", entry.Value.Writer), readerFile = _probe.Text(entry.Key + ".reader", entry.Value.Reader);
            string resolved = _probe.Command("resolve", writerFile, readerFile, _probe.Bodies(entry.Key, input), _probe.File(entry.Key + ".resolved"));
            var resolution = SchemaResolution.Create(writer, KnownSchema.Parse("reader", entry.Value.Reader));
            return (Name: entry.Key, Resolution: resolution, Input: input, Output: resolved);
        }).ToList();

        RunJava();

        foreach (var step in plan)
        {
            var ours = step.Input.Select(body => step.Resolution!.TryResolve(body, out byte[]? resolved, out _) ? resolved : null).ToList();
            var theirs = BodyFile.ReadResults(step.Output);
            for (int i = 0; i < ours.Count; i++)
                Assert.True((ours[i] is null && theirs[i] is null) || (ours[i] is { } our && theirs[i] is { } their && our.AsSpan().SequenceEqual(their)),
                    $"{step.Name}: {Convert.ToHexString(step.Input[i])} is {Hex(ours[i])} here and {Hex(theirs[i])} in Java");
        }
    }

    private static string Hex(byte[]? bytes) => bytes is null ? "an error" : Convert.ToHexString(bytes);

    private static List<byte[]> Bodies(WireSchema schema, bool blocks)
    {
        var bodies = new RandomBody(new Random(10), blocks);
        return [.. Enumerable.Range(0, Count).Select(_ => bodies.Next(schema))];
    }

    private void RunJava() => _probe.Run("java", "-cp", Path.Combine(Components.Require("avro-java"), "libs", "*"), Probe.Source("Probe.java"));
}
