using StreamSched.Core.Policies;
using StreamSched.Core.Serving;

namespace StreamSched.Simulation.Worlds;

/// <summary>The noise of one attempt at a request: the same wherever it is sent.</summary>
internal readonly struct RequestDraws
{
    public readonly float Service;
    public readonly float Access;
    public readonly float Out;
    public readonly float Back;

    /// <summary>Uniform in [0, 1): which of the runs that it leads take longer, where some do.</summary>
    public readonly float Spread;
    private readonly float _exponential;

    public RequestDraws(ulong seed, int attempt)
    {
        RandomStream random = new(seed ^ ((ulong)attempt * 0x9FB2_1C65_1E98_DF25));
        (Service, Access) = Pair(ref random);
        (Out, Back) = Pair(ref random);
        _exponential = random.NextSingle();
        Spread = random.NextSingle();
    }

    /// <summary>Factor of the mean service time.</summary>
    public float ServiceFactor(in ServiceNoise noise) => noise.Factor(Service, _exponential);

    private static (float, float) Pair(ref RandomStream random)
    {
        float radius = MathF.Sqrt(-2 * MathF.Log(1 - random.NextSingle()));
        (float sin, float cos) = MathF.SinCos(2 * MathF.PI * random.NextSingle());
        return (radius * cos, radius * sin);
    }
}
