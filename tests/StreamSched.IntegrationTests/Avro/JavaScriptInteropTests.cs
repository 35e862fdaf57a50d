using StreamSched.Avro.Records;
using StreamSched.Avro.Schemas;
using StreamSched.Tests;
using StreamSched.Tests.Avro;

namespace StreamSched.IntegrationTests.Avro;

/// <summary>Our bytes against Apache's JavaScript implementation, whose longs are doubles: they stay within ±2⁵².</summary>
public sealed class JavaScriptInteropTests : IDisposable
{
    private const int Count = 200;
    private static readonly string[] Packages = ["avro-js@1.12.1", "underscore@1.13.8"];
    private readonly Probe _probe = new();

    public void Dispose() => _probe.Dispose();

    [Fact]
    public void Bodies_agree_byte_for_byte_on_every_schema()
    {
        string npm = Components.Require("npm");
        var plan = WireSchemas.All.Select(schema =>
        {
            string file = Probe.SchemaFile(schema);
            string input = _probe.Bodies(schema.Name, Bodies(schema, blocks: false)),
                blocks = _probe.Bodies(schema.Name + ".blocks", Bodies(schema, blocks: true));
            return (Schema: schema, Recoded: _probe.Command("recode", file, input, _probe.File(schema.Name + ".recoded")),
                Merged: _probe.Command("recode", file, blocks, _probe.File(schema.Name + ".merged")));
        }).ToList();

        Install(npm);
        System.IO.File.Copy(Probe.Source("probe.js"), Path.Combine(Modules, "probe.js"), overwrite: true);
        _probe.Run("node", Path.Combine(Modules, "probe.js"));

        foreach (var step in plan)
        {
            Assert.Equal(Bodies(step.Schema, blocks: false), BodyFile.Read(step.Recoded));
            Assert.Equal(Bodies(step.Schema, blocks: true).Select(body => Codecs.Recode(step.Schema, body)), BodyFile.Read(step.Merged));
        }
    }

    private static string Modules => Checkout.Path("artifacts", "avro-js");

    private static void Install(string npm)
    {
        Directory.CreateDirectory(Modules);
        string stamp = Path.Combine(Modules, "installed");
        string wanted = string.Join(' ', Packages);
        if (System.IO.File.Exists(stamp) && System.IO.File.ReadAllText(stamp) == wanted) return;
        System.IO.File.WriteAllText(Path.Combine(Modules, "package.json"), """{"private":true}""");
        Probe.Execute(npm, ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", .. Packages], Modules);
        System.IO.File.WriteAllText(stamp, wanted);
    }

    private static List<byte[]> Bodies(WireSchema schema, bool blocks)
    {
        var bodies = new RandomBody(new Random(13), blocks, narrow: true);
        return [.. Enumerable.Range(0, Count).Select(_ => bodies.Next(schema))];
    }
}
