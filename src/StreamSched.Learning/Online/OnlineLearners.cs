using StreamSched.Core.Policies;
using StreamSched.Core.Policies.Learned;
using StreamSched.Core.Registry;

namespace StreamSched.Learning.Online;

/// <summary>Which policies learn on from experience, and how.</summary>
public static class OnlineLearners
{
    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [PolicyNames.Neural, EcsrlPolicy.Kind, AsetPolicy.Kind, TanPolicy.Kind, PolicyNames.LinUcb, PolicyNames.NeuralUcb];

    /// <summary>Makes the learner of a policy.</summary>
    /// <param name="name">The policy.</param>
    /// <param name="champion">The file of the version that serves; null: it has none.</param>
    /// <param name="settings">How it learns.</param>
    /// <param name="seed">Of what is drawn.</param>
    /// <returns>null: nothing learns on here.</returns>
    internal static IOnlineLearner? Create(string name, LoadedPolicy? champion, OnTimeLearnerSettings settings, ulong seed) => (name, champion?.File) switch
    {
        (PolicyNames.LinUcb, _) => new BanditLearner(
            name, champion, PolicyCatalogue.NewLinUcb, file => BanditPolicy.BanditOf(file, _ => PolicyCatalogue.NewLinUcb()), settings),
        (PolicyNames.NeuralUcb, _) => new BanditLearner(
            name, champion, () => PolicyCatalogue.NewNeuralUcb(seed),
            file => BanditPolicy.BanditOf(file, network => PolicyCatalogue.NeuralUcbOf(network, isFixed: false)), settings),
        (PolicyNames.Neural, { } file) => new OnTimeLearner(file.Network, settings, seed),
        (EcsrlPolicy.Kind, { } file) => new EcsrlOnlineLearner(file, settings, seed),
        (AsetPolicy.Kind, { } file) => new AsetOnlineLearner(file, settings, seed),
        (TanPolicy.Kind, { } file) => new TanOnlineLearner(file, settings, seed),
        _ => null,
    };
}
