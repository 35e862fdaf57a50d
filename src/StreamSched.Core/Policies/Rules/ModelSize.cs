using System.Runtime.Intrinsics;
using StreamSched.Core.Cluster;
using StreamSched.Core.Prediction;

namespace StreamSched.Core.Policies.Rules;

/// <summary>Sizes of a task's models, told apart by their accuracy: of those that fit somewhere, do not fail there and are accurate enough, feasible now or
/// not.</summary>
internal static class ModelSize
{
    /// <summary>Accuracy of the smallest model that is accurate enough; infinity if there is none.</summary>
    /// <param name="candidates">The candidates.</param>
    /// <param name="minAccuracy">The quality floor.</param>
    public static float Smallest(Candidates candidates, float minAccuracy)
    {
        Vector256<float> least = Vector256.Create(float.PositiveInfinity), none = least, floor = Vector256.Create(minAccuracy);
        for (int i = 0; i < candidates.Padded; i += Columns.Lanes)
        {
            Vector256<float> accuracy = Columns.Load(candidates.RegisteredAccuracy, i);
            Vector256<float> counts = Columns.Load(candidates.Serving, i).AsSingle() & Vector256.GreaterThanOrEqual(accuracy, floor);
            least = Vector256.Min(least, Vector256.ConditionalSelect(counts, accuracy, none));
        }

        float smallest = least[0];
        for (int lane = 1; lane < Columns.Lanes; lane++) smallest = Math.Min(smallest, least[lane]);
        return smallest;
    }

    /// <summary>Accuracy of the largest model; the floor if none is above it.</summary>
    /// <param name="candidates">The candidates.</param>
    /// <param name="minAccuracy">The quality floor.</param>
    public static float Largest(Candidates candidates, float minAccuracy)
    {
        Vector256<float> most = Vector256.Create(minAccuracy);
        for (int i = 0; i < candidates.Padded; i += Columns.Lanes)
            most = Vector256.Max(most, Columns.Load(candidates.RegisteredAccuracy, i) & Columns.Load(candidates.Serving, i).AsSingle());
        float largest = most[0];
        for (int lane = 1; lane < Columns.Lanes; lane++) largest = Math.Max(largest, most[lane]);
        return largest;
    }
}
