using System.Diagnostics;
using System.Globalization;
using StreamSched.Core.Networks;
using StreamSched.Core.PolicyFiles;
using StreamSched.Core.Registry;
using StreamSched.Learning.Rollouts;

namespace StreamSched.Learning.Online;

/// <summary>What can be said of a candidate's file alone, before anybody serves with it.</summary>
internal static class CandidateChecks
{
    /// <summary>Decisions that the file must reproduce.</summary>
    public const int Recorded = 1000;

    // As many candidates as a decision has after the first pass, and the least of some runs: others use the machine too.
    private const int Candidates = 64, Runs = 5, Forwards = 50;
    private const double MostTime = 2, Tolerance = 1e-4;

    /// <summary>Checks a file; the first gate that it fails ends the checks.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="digest">What it is said to be.</param>
    /// <param name="kind">The policy that it is to be of.</param>
    /// <param name="champion">The network that serves; null: it has none, and nobody knows how long it may take.</param>
    /// <param name="trained">What the file is to be: the network that was trained; null: not known.</param>
    /// <param name="rows">Recorded choices [n, features].</param>
    /// <param name="policy">The file, where it could be read.</param>
    public static IReadOnlyList<GateResult> Check(
        byte[] bytes, ReadOnlySpan<byte> digest, string kind, Network? champion, Network? trained, ReadOnlySpan<float> rows, out LoadedPolicy? policy)
    {
        List<GateResult> gates = [];
        policy = null;
        try
        {
            policy = LoadedPolicy.Parse(bytes);
        }
        catch (PolicyFileException exception)
        {
            gates.Add(new GateResult("layout", false, exception.Message));
            return gates;
        }

        if (policy.File?.Network is not { } network)
        {
            gates.Add(new GateResult("layout", false, "the file has no network"));
            return gates;
        }

        string of = policy.Metadata.Name, layout = policy.Metadata.FeatureLayout.ToString(CultureInfo.InvariantCulture);
        if (!Passes("layout", of == kind, $"layout {layout} of '{of}', where '{kind}' serves")) return gates;
        int odd = 0;
        foreach (float p in network.Parameters) odd += float.IsFinite(p) ? 0 : 1;
        if (!Passes("finite", odd == 0, $"{odd.ToString(CultureInfo.InvariantCulture)} parameters are no numbers")) return gates;
        if (!Passes("digest", policy.Digest.Span.SequenceEqual(digest), "the file's SHA-256 is compared with what it is said to be")) return gates;
        if (!Reproduces(network, trained, rows, out string said))
        {
            gates.Add(new GateResult("recorded decisions", false, said));
            return gates;
        }

        gates.Add(new GateResult("recorded decisions", true, said));
        if (champion is null) return gates;
        double factor = Time(network) / Math.Max(1e-9, Time(champion));
        Passes("decision time", factor <= MostTime, string.Create(CultureInfo.InvariantCulture, $"{factor:0.0} times the champion's"));
        return gates;

        bool Passes(string gate, bool passed, string detail)
        {
            gates.Add(new GateResult(gate, passed, detail));
            return passed;
        }
    }

    private static bool Reproduces(Network network, Network? trained, ReadOnlySpan<float> rows, out string said)
    {
        int inputs = network.Shape.Inputs, n = rows.Length / inputs;
        Activations ours = new(network.Shape, 1);
        Activations? theirs = trained is null ? null : new Activations(trained.Shape, 1);
        for (int i = 0; i < n; i++)
        {
            ours.SetSample(0, rows.Slice(i * inputs, inputs));
            theirs?.SetSample(0, rows.Slice(i * inputs, inputs));
            ReadOnlySpan<float> told = network.Forward(ours), expected = theirs is null ? told : trained!.Forward(theirs);
            for (int o = 0; o < network.Shape.Outputs; o++)
            {
                float value = told[o * ours.Stride];
                said = string.Create(CultureInfo.InvariantCulture, $"recorded decision {i}: output {o} is {value}");
                if (!float.IsFinite(value) || Math.Abs(expected[o * ours.Stride] - value) > Tolerance) return false;
            }
        }

        said = string.Create(CultureInfo.InvariantCulture, $"{n} recorded decisions are reproduced");
        return true;
    }

    private static double Time(Network network)
    {
        Activations activations = new(network.Shape, Candidates);
        long least = long.MaxValue;
        for (int r = 0; r <= Runs; r++)
        {
            long began = Stopwatch.GetTimestamp();
            for (int f = 0; f < Forwards; f++) network.Forward(activations);
            if (r > 0) least = Math.Min(least, Stopwatch.GetTimestamp() - began);
        }

        return least;
    }
}
