using StreamSched.Core.Prediction;

namespace StreamSched.Core.Scheduling.Policies;

/// <summary>Sizes of a task's models, told apart by their accuracy: of those that fit somewhere and are accurate enough, feasible now or not.</summary>
internal static class ModelSize
{
    public static float Smallest(Candidates candidates, float minAccuracy)
    {
        ReadOnlySpan<float> accuracy = candidates.Accuracy;
        int[] fits = candidates.Table.Fits;
        float least = float.PositiveInfinity;
        for (int i = 0; i < candidates.Count; i++)
            if (fits[i] != 0 && accuracy[i] >= minAccuracy && accuracy[i] < least) least = accuracy[i];
        return least;
    }

    public static float Largest(Candidates candidates, float minAccuracy)
    {
        ReadOnlySpan<float> accuracy = candidates.Accuracy;
        int[] fits = candidates.Table.Fits;
        float most = minAccuracy;
        for (int i = 0; i < candidates.Count; i++)
            if (fits[i] != 0 && accuracy[i] > most) most = accuracy[i];
        return most;
    }
}
