namespace StreamSched.Tests.Onnx;

/// <summary>The execution side does not see the wire's types; whoever sees both converts between them by number.</summary>
public class WireEnumTests
{
    [Fact]
    public void Payload_encodings_are_those_of_the_wire() =>
        Assert.Equal(Members<StreamSched.Avro.Records.PayloadEncoding>(), Members<StreamSched.Onnx.Models.PayloadEncoding>());

    [Fact]
    public void Energy_sources_are_those_of_the_wire()
    {
        Assert.Equal(Members<StreamSched.Avro.Records.EnergySource>(), Members<StreamSched.Onnx.Energy.EnergySource>());
        Assert.Equal(Members<StreamSched.Avro.Records.PowerSource>(), Members<StreamSched.Onnx.Energy.EnergySource>());
    }

    private static (string Name, int Number)[] Members<T>()
        where T : struct, Enum =>
        [.. Enum.GetValues<T>()
            .Select(value => (value.ToString().ToUpperInvariant(), Convert.ToInt32(value, System.Globalization.CultureInfo.InvariantCulture)))];
}
