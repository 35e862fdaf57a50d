using StreamSched.Avro.Records;
using StreamSched.Core.Policies;
using StreamSched.Core.PolicyFiles;
using StreamSched.Core.Registry;

namespace StreamSched.Rollouts;

/// <summary>Makes the policy of a published version.</summary>
internal static class PublishedPolicy
{
    /// <summary>Makes it.</summary>
    /// <param name="snapshot">The version.</param>
    /// <param name="defaults">The price rule's parameters where the version says none.</param>
    /// <param name="prepared">The policy.</param>
    /// <returns>Why it cannot be made; null: it is.</returns>
    /// <exception cref="PolicyFileException">Its file is damaged, or not for this build.</exception>
    public static string? Prepare(PolicySnapshot snapshot, PriceParameters defaults, out PreparedPolicy? prepared)
    {
        prepared = null;
        if (snapshot.Model is { } model)
        {
            prepared = LoadedPolicy.Parse(model).Prepare();
            return null;
        }

        if (PolicyCatalogue.Find(snapshot.Kind) is not { } registration) return $"there is no policy '{snapshot.Kind}' here";
        if (registration.NeedsFile) return $"policy '{snapshot.Kind}' needs a file, and the record has none";
        PriceParameters parameters = defaults with
        {
            Temperature = (float)snapshot.Parameters.GetValueOrDefault(PolicyRecords.Temperature, defaults.Temperature),
            RejectScore = (float)snapshot.Parameters.GetValueOrDefault(PolicyRecords.RejectScore, defaults.RejectScore),
        };
        if (parameters.Temperature is not (> 0 and < float.PositiveInfinity) || !float.IsFinite(parameters.RejectScore)) return "parameters out of range";
        prepared = new PreparedPolicy(PolicyCatalogue.Create(snapshot.Kind, parameters), Digest: snapshot.Digest);
        return null;
    }
}
