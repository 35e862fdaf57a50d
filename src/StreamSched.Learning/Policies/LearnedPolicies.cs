using System.Collections.Frozen;
using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;
using StreamSched.Core.Scheduling;
using StreamSched.Learning.Files;

namespace StreamSched.Learning.Policies;

/// <summary>
/// The kinds of policies that need a network, by the name that their files' metadata gives; those without one are in <see cref="PolicyCatalogue"/>. Adding one: its class,
/// a line here, its test.
/// </summary>
public static class LearnedPolicies
{
    private static readonly FrozenDictionary<string, LearnedPolicyRegistration> Registrations = new LearnedPolicyRegistration[]
    {
        new(AsetPolicy.Kind, "the one of ASET's seven static policies that a network expects to answer most in the next window", AsetWindow.Layout, static (f, _) => AsetPolicy.Of(f)),
        new(EcsrlPolicy.Kind, "device and variant that a network expects to cost the least energy and time (ECSRL)", EcsrlFeatures.Layout, static (f, _) => EcsrlPolicy.Of(f)),
        new(PolicyNames.Neural, "the price rule with on-time probability and price of delay corrected by a network", FeatureEncoder.RatioLayout, NeuralPolicy.Create),
        new(TanPolicy.Kind, "small or large model, by a network with or without a memory for the hidden state of the load (Tan et al.)", TanFeatures.Layout, static (f, _) => TanPolicy.Of(f)),
    }.ToFrozenDictionary(r => r.Name, StringComparer.Ordinal);

    /// <summary>All kinds, by name.</summary>
    public static IReadOnlyList<LearnedPolicyRegistration> All { get; } = [.. Registrations.Values.OrderBy(r => r.Name, StringComparer.Ordinal)];

    /// <summary>Makes the policy of a file.</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="PolicyFileException">This build knows no such policy, computes other features, or the network does not fit.</exception>
    public static ISchedulingPolicy Create(PolicyFile file)
    {
        PolicyMetadata metadata = file.Metadata;
        if (!Registrations.TryGetValue(metadata.Name, out LearnedPolicyRegistration? registration))
        {
            string known = All.Count == 0 ? "none" : string.Join(", ", All.Select(r => r.Name));
            throw new PolicyFileException(metadata.Name.Length == 0 ? $"the file does not say which policy it is for (metadata streamsched.name); there are: {known}"
                : $"the file is for a policy '{metadata.Name}', which this build does not know; there are: {known}");
        }

        if (metadata.FeatureLayout != registration.FeatureLayout)
        {
            throw new PolicyFileException(
                $"the file is for layout {metadata.FeatureLayout} of the features of '{metadata.Name}', this build computes layout {registration.FeatureLayout}: train it anew, or use the build that it came with");
        }

        return registration.Create(file, RuleConstantsText.Read(metadata) ?? new RuleConstants());
    }
}
