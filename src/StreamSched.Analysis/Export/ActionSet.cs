using System.Text.Json.Serialization;
using StreamSched.Core.Prediction;

namespace StreamSched.Analysis.Export;

/// <summary>
/// What a decision can choose, under one numbering for a whole log: a variant at a site that is near or far, and behind them the rejection. For tools that take
/// a fixed set of actions, where candidates come and go.
/// </summary>
/// <param name="Actions">All but the rejection, by name.</param>
/// <param name="LeastRate">The least probability with which a decision came to be recorded in full.</param>
internal sealed record ActionSet(IReadOnlyList<ActionSet.Entry> Actions, double LeastRate)
{
    /// <summary>Delay to a site and back from which on it is far, in seconds.</summary>
    public const float Far = 0.01f;

    /// <summary>The rejection's name.</summary>
    public const string Rejection = "reject";

    private static readonly string[] OfAction = ["candidates", "waiting", "use", "network", "slack", "accuracy", "price"];

    /// <summary>Numbers of a context for each action but the rejection.</summary>
    public static int FieldsOfAction => OfAction.Length;

    /// <summary>What is told of an action beside its name: whether it is far, whether it is the rejection, and the accuracy.</summary>
    public static IReadOnlyList<string> ActionContextNames { get; } = ["far", "reject", "accuracy"];

    /// <summary>How many actions, with the rejection.</summary>
    [JsonIgnore]
    public int Count => Actions.Count + 1;

    /// <summary>Names of the actions.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Names => [.. Actions.Select(a => a.Name), Rejection];

    /// <summary>How many numbers a context has.</summary>
    [JsonIgnore]
    public int ContextFields => FeatureEncoder.ContextFields + (Actions.Count * FieldsOfAction);

    /// <summary>Names of the numbers of a context: those of the request, and for each action how many candidates are feasible, and what is predicted of the one
    /// among them that ends first. Seconds, ratios; price in units of value.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> ContextNames =>
        [.. FeatureEncoder.ContextNames, .. Actions.SelectMany(a => OfAction.Select(name => $"{a.Name}.{name}"))];

    /// <summary>What is told of the actions.</summary>
    /// <returns>[<see cref="Count"/>, <see cref="ActionContextNames"/>] row by row.</returns>
    public float[] ActionContext() => [.. Actions.SelectMany(a => (float[])[a.IsFar ? 1 : 0, 0, (float)a.Accuracy]), 0, 1, 0];

    /// <summary>An action.</summary>
    /// <param name="Variant">The variant.</param>
    /// <param name="IsFar">Whether the site is far from the device.</param>
    /// <param name="Accuracy">The mean of what was registered.</param>
    internal sealed record Entry(string Variant, bool IsFar, double Accuracy)
    {
        /// <summary>Its name.</summary>
        [JsonIgnore]
        public string Name => Variant + (IsFar ? "@far" : "@near");
    }
}
