using StreamSched.Analysis.Twins;

namespace StreamSched.Logs;

/// <summary>What <c>streamsched twin</c> found.</summary>
internal sealed record TwinReport
{
    /// <summary>The scenario that was written.</summary>
    public required string Scenario { get; init; }

    /// <summary>The policy that took most of the decisions.</summary>
    public required string Policy { get; init; }

    /// <summary>What to give <c>simulate --policy</c> for it; null: this build cannot make it.</summary>
    public required string? PolicyFile { get; init; }

    /// <summary>Share of the decisions that it took.</summary>
    public required double PolicyShare { get; init; }

    /// <summary>ε, as recorded, else as the default is.</summary>
    public required double Exploration { get; init; }

    /// <summary>Requests in it.</summary>
    public required int Requests { get; init; }

    /// <summary>Requests of this part of the log whose end was not read.</summary>
    public required int Unanswered { get; init; }

    /// <summary>Seconds from the first of them to the last.</summary>
    public required double Seconds { get; init; }

    /// <summary>Seconds at its beginning that do not count.</summary>
    public required double WarmUp { get; init; }

    /// <summary>Runs of the twin.</summary>
    public required int Seeds { get; init; }

    /// <summary>Share of the decisions of each scheduler.</summary>
    public required IReadOnlyList<double> Schedulers { get; init; }

    /// <summary>Its workers.</summary>
    public required IReadOnlyList<Worker> Workers { get; init; }

    /// <summary>The ways between its sites.</summary>
    public required IReadOnlyList<Way> Ways { get; init; }

    /// <summary>Accuracies that were not as registered.</summary>
    public required IReadOnlyList<Right> Accuracies { get; init; }

    /// <summary>What could not be seen, and what is assumed in its place.</summary>
    public required IReadOnlyList<string> Assumed { get; init; }

    /// <summary>What happened beside what happens in the twin under the same policy.</summary>
    public required IReadOnlyList<TwinFigure> Figures { get; init; }

    /// <summary>What is farther off than may be; empty: the twin can be believed.</summary>
    public required IReadOnlyList<string> Off { get; init; }

    /// <summary>Records that could not be read.</summary>
    public required long Unreadable { get; init; }

    /// <summary>What was wrong with the first of them; null: nothing.</summary>
    public required string? FirstFault { get; init; }

    /// <summary>A variant on a worker.</summary>
    /// <param name="Id">The worker.</param>
    /// <param name="Processor">The processor.</param>
    /// <param name="Variant">The variant.</param>
    /// <param name="Runs">Runs that were seen.</param>
    /// <param name="RegisteredMs">Registered time of a run of one request.</param>
    /// <param name="Ms">What it really took.</param>
    /// <param name="Scatter">Standard deviation of its logarithm.</param>
    /// <param name="SpreadShare">Share of the worker's runs that took much longer.</param>
    /// <param name="SpreadFactor">How much.</param>
    /// <param name="Company">Factor with one other batch beside it; null: not seen.</param>
    internal sealed record Worker(
        string Id, string Processor, string Variant, int Runs, double RegisteredMs, double Ms, double Scatter, double SpreadShare, double SpreadFactor,
        double? Company);

    /// <summary>A way between two sites.</summary>
    /// <param name="From">Where it begins.</param>
    /// <param name="To">Where it ends.</param>
    /// <param name="Messages">Messages that were seen.</param>
    /// <param name="PredictedMs">What schedulers thought; null: they do not say.</param>
    /// <param name="Ms">What it really took, in the mean.</param>
    /// <param name="JitterMs">Standard deviation.</param>
    /// <param name="Changes">How often it took longer or less for a while.</param>
    internal sealed record Way(string From, string To, int Messages, double? PredictedMs, double Ms, double JitterMs, int Changes);

    /// <summary>An accuracy that was not as registered.</summary>
    /// <param name="Variant">The variant.</param>
    /// <param name="Sites">Of the devices; empty: all.</param>
    /// <param name="Labels">Answers of it whose true class was told.</param>
    /// <param name="From">From when on, seconds.</param>
    /// <param name="To">Until when.</param>
    /// <param name="Accuracy">What it was.</param>
    internal sealed record Right(string Variant, IReadOnlyList<string> Sites, int Labels, double From, double To, double Accuracy);

    /// <summary>What is told of a twin's accuracies.</summary>
    /// <param name="twin">The twin.</param>
    public static IReadOnlyList<Right> RightsOf(Twin twin) =>
        [.. twin.Accuracies.SelectMany(a => a.Levels.Select(l => new Right(a.Variant, a.Sites, a.Labels, l.From, l.To, l.Accuracy)))];

    /// <summary>What is told of a twin's workers.</summary>
    /// <param name="twin">The twin.</param>
    public static IReadOnlyList<Worker> WorkersOf(Twin twin) =>
    [
        .. from w in twin.Workers
           from s in w.Services
           select new Worker(
               w.Description.Id, s.Processor, s.Variant, s.Runs, 1e3 * s.Told(0), 1e3 * s.True(0), s.Sigma, w.Spread.Share, w.Spread.Factor,
               w.Company.Count > 0 ? w.Company[0] : null),
    ];

    /// <summary>What is told of its ways.</summary>
    /// <param name="twin">The twin.</param>
    public static IReadOnlyList<Way> WaysOf(Twin twin) =>
    [
        .. twin.Access.Select(w => Of(w, "devices at ", "their scheduler")), .. twin.There.Select(w => Of(w, "schedulers for ", null)),
        .. twin.Back.Select(w => Of(w, "workers at ", "devices at " + w.To)),
    ];

    private static Way Of(WayFit way, string from, string? to) => new(
        from + way.From, to ?? "workers at " + way.To, way.Delay.Count, double.IsNaN(way.Predicted) ? null : 1e3 * way.Predicted, 1e3 * way.Delay.Mean,
        1e3 * way.Delay.Deviation, way.Levels.Count);
}
