using System.Text.Json.Serialization;

namespace StreamSched.Demo;

/// <summary>The four axes of one placement (E9).</summary>
internal sealed record DemoPlacement(
    string Worker, string Variant, bool Emulated, long Answers, double Share, double DelayP50Ms, double Accuracy, double MillijoulesEach, string EnergySource,
    [property: JsonPropertyName("moneyPerThousand")] double CostPerThousand);
