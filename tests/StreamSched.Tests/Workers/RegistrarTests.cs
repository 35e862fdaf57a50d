using StreamSched.Onnx.Processors;
using StreamSched.Workers;

namespace StreamSched.Tests.Workers;

public sealed class RegistrarTests
{
    [Fact]
    public void Workers_of_which_nobody_said_the_class_are_of_one_where_machine_provider_and_emulation_are_the_same()
    {
        WorkerSettings plain = new() { Id = "edge-1", Models = "models" };
        string here = Registrar.ClassOf(plain);
        Assert.Equal(here, Registrar.ClassOf(plain with { Id = "edge-2", Site = "plant" }));
        string[] others =
        [
            Registrar.ClassOf(plain with { Slowdown = 80 }), Registrar.ClassOf(plain with { Slowdown = 1000 }),
            Registrar.ClassOf(plain with { Processor = new ProcessorSettings { Provider = "cuda" } }),
        ];
        Assert.Equal(4, others.Append(here).Distinct().Count());
        Assert.All(others.Append(here), name => Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(name), 1, 128));
        Assert.Equal("pi4", Registrar.ClassOf(plain with { DeviceClass = "pi4", Slowdown = 80 }));
    }
}
