using StreamSched.Avro.Records;
using StreamSched.Core.Cluster;

namespace StreamSched.Analysis.Twins;

/// <summary>A cluster as a log shows it: what a scenario is made of. <see cref="TwinScenario"/> writes it down.</summary>
internal sealed class Twin
{
    private const int FewestOfScheduler = 100; // of a hundred decisions one: who decided less was hardly there
    private const double LeastAway = 2, PeriodsAway = 8; // seconds, and periods of telemetry

    /// <summary>Its requests, in the order of time.</summary>
    public required IReadOnlyList<ObservedRequest> Requests { get; init; }

    /// <summary>The instant from which times count, µs since 1970.</summary>
    public required long Origin { get; init; }

    /// <summary>Seconds from the first request to the last.</summary>
    public required double Duration { get; init; }

    /// <summary>Its workers.</summary>
    public required IReadOnlyList<WorkerFit> Workers { get; init; }

    /// <summary>From the devices of a site to their scheduler.</summary>
    public required IReadOnlyList<WayFit> Access { get; init; }

    /// <summary>From the schedulers of a site's devices to a site of workers.</summary>
    public required IReadOnlyList<WayFit> There { get; init; }

    /// <summary>And back to the device.</summary>
    public required IReadOnlyList<WayFit> Back { get; init; }

    /// <summary>How right variants were.</summary>
    public required IReadOnlyList<AccuracyFit> Accuracies { get; init; }

    /// <summary>Share of the decisions of each scheduler.</summary>
    public required IReadOnlyList<double> Shares { get; init; }

    /// <summary>Between two reports of a scheduler to the others, seconds; null: not seen.</summary>
    public required double? ReportPeriod { get; init; }

    /// <summary>Whether an answer counts with its accuracy.</summary>
    public required bool ValueIsAccuracy { get; init; }

    /// <summary>What could not be seen, and what is assumed in its place.</summary>
    public required IReadOnlyList<string> Assumed { get; init; }

    /// <summary>The site of devices that do not say where they are.</summary>
    public const string NoSite = "unnamed";

    /// <summary>Finds it in a log.</summary>
    /// <param name="log">The log.</param>
    /// <exception cref="InvalidDataException">Nothing in it can be placed in time, or nobody answered.</exception>
    public static Twin Of(ObservedLog log)
    {
        ObservedRequest[] requests = [.. log.Requests.Where(r => r.Deadline > 0 && !r.IsInvalid)];
        if (requests.Length == 0) throw new InvalidDataException("no request with a result and a deadline was made in this part of the log");
        long origin = requests[0].Created;
        double duration = Math.Max(1, 1e-6 * (requests[^1].Created - origin + 1));
        List<string> assumed = [];
        List<WorkerFit> workers = [.. WorkersOf(log, requests, origin, duration, assumed)];
        if (workers.Count == 0) throw new InvalidDataException("no worker answered in this part of the log, or none of them is registered any more");
        ILookup<string, float> best = workers.SelectMany(w => w.Description.Variants).ToLookup(v => v.Task, v => v.Accuracy, StringComparer.Ordinal);
        int all = requests.Length;
        requests = [.. requests.Where(r => best[r.Task].DefaultIfEmpty(-1).Max() >= r.MinAccuracy)];
        if (requests.Length < all) assumed.Add($"{all - requests.Length} requests that no variant of any worker may answer are left out");
        if (requests.Length == 0) throw new InvalidDataException("no variant of any worker may answer a request of this part of the log");
        int failed = requests.Count(r => r.Status == ResultStatus.Failed);
        if (failed > 0) assumed.Add($"workers do not fail: {failed} requests did, and are answered in the twin");
        Dictionary<string, string> sites = workers.ToDictionary(w => w.Description.Id, w => w.Description.Site, StringComparer.Ordinal);
        double At(long instant) => 1e-6 * (instant - origin);
        List<WayFit> access = Ways(
            requests.Where(r => r.Decided > 0), r => (r.Site, r.Site), r => (At(r.Created), 1e-6 * (r.Decided - r.Created), double.NaN), duration);
        ObservedRequest[] ran = [.. requests.Where(r => sites.ContainsKey(r.Worker) && r.Attempts <= 1)];
        List<WayFit> there = Ways(
            ran.Where(r => r.Out > 0), r => (r.Site, sites[r.Worker]), r => (At(r.Created), 1e-6 * r.Out, 1e-6 * r.PredictedOut), duration);
        List<WayFit> back = Ways(
            ran.Where(r => r.Received > r.Finished), r => (sites[r.Worker], r.Site),
            r => (At(r.Finished), 1e-6 * (r.Received!.Value - r.Finished), 1e-6 * r.PredictedBack), duration);
        if (access.Count == 0) assumed.Add("the way from devices to schedulers takes 1 ms: no decision was read");
        if (back.Count == 0) assumed.Add("the way back takes as long as schedulers predicted: no device said when it had its answer");
        if (requests.All(r => !r.IsAsked)) assumed.Add("no least accuracy, and frames of no size: records of requests have left the topic");
        if (log.ReportPeriod is null) assumed.Add("schedulers tell each other every 10 ms what they sent: no report was read");
        assumed.Add("reports between schedulers take 2 ms, and telemetry as long as schedulers predict for the way");
        assumed.Add("floors of accuracy that the settings give to users are not in the log, and are none");
        if (log.Value is null) assumed.Add("an answer counts with its accuracy: no decision was recorded in full");
        else if (log.Value.Energy + log.Value.Latency + log.Value.Cost > 0) assumed.Add("energy, latency and cost of an answer count nothing");
        return new Twin
        {
            Requests = requests, Origin = origin, Duration = duration, Workers = workers, Access = access, There = there, Back = back,
            Accuracies = AccuraciesOf(workers, requests, origin, duration, assumed), Shares = SharesOf(requests), ReportPeriod = log.ReportPeriod,
            ValueIsAccuracy = !(log.Value?.Accuracy < 0.5f), Assumed = assumed,
        };
    }

    private static IEnumerable<WorkerFit> WorkersOf(ObservedLog log, ObservedRequest[] requests, long origin, double duration, List<string> assumed)
    {
        ILookup<string, ObservedRequest> answers = requests.Where(r => r.Worker.Length > 0).ToLookup(r => r.Worker, StringComparer.Ordinal);
        foreach (string unknown in answers.Select(a => a.Key).Where(id => !log.Workers.ContainsKey(id)))
            assumed.Add($"worker '{unknown}' is missing, its {answers[unknown].Count()} answers too: its registration is not in the log any more");
        foreach ((string id, WorkerDescription description) in log.Workers.OrderBy(w => w.Key, StringComparer.Ordinal))
        {
            double[] told = [.. log.Telemetry.GetValueOrDefault(id, []).Select(t => 1e-6 * (t - origin)).Where(t => t < duration).Order()];
            ObservedRequest[] own = [.. answers[id].OrderBy(a => a.Finished)];
            if (told.Length == 0 && own.Length == 0) continue;
            WorkerFit fit = WorkerFit.Of(description, own, AwayOf(told, description.TelemetryPeriod.TotalSeconds, duration), origin, duration);
            if (fit.Services.Count > 0) yield return fit;
        }
    }

    // Who sends no telemetry for long is not there.
    private static List<(double From, double To)> AwayOf(double[] told, double period, double duration)
    {
        if (told.Length == 0) return [];
        double longest = Math.Max(LeastAway, PeriodsAway * period);
        List<(double, double)> away = [];
        if (told[0] > longest) away.Add((0, told[0]));
        for (int i = 1; i < told.Length; i++)
            if (told[i] - told[i - 1] > longest && told[i] > 0) away.Add((Math.Max(0, told[i - 1]), told[i]));
        if (duration - told[^1] > longest) away.Add((Math.Max(0, told[^1]), duration));
        return away;
    }

    private static List<WayFit> Ways(
        IEnumerable<ObservedRequest> requests, Func<ObservedRequest, (string, string)> way, Func<ObservedRequest, (double At, double, double)> sample,
        double duration) =>
    [
        .. from r in requests
           group r by way(r) into same
           orderby same.Key
           select WayFit.Of(same.Key.Item1, same.Key.Item2, [.. same.Select(sample).OrderBy(s => s.At)], duration),
    ];

    private static List<AccuracyFit> AccuraciesOf(
        List<WorkerFit> workers, ObservedRequest[] requests, long origin, double duration, List<string> assumed)
    {
        List<AccuracyFit> found = [];
        List<string> untold = [];
        string[] sites = [.. requests.Select(r => r.Site).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        foreach (VariantDescription variant in workers.SelectMany(w => w.Description.Variants).DistinctBy(v => v.Name))
        {
            (string, double, bool)[] told =
            [
                .. from r in requests
                   where r.Variant == variant.Name && r.IsAnswered && r.Label is not null && r.Output is not null
                   orderby r.Finished
                   select (r.Site, 1e-6 * (r.Finished - origin), r.Label == r.Output),
            ];
            if (told.Length == 0) untold.Add(variant.Name);
            else found.AddRange(AccuracyFit.BySite(variant.Name, variant.Accuracy, sites, told, duration));
        }

        if (untold.Count > 0) assumed.Add("accuracies as registered, of variants that no device labelled an answer of: " + string.Join(", ", untold));
        return found;
    }

    private static double[] SharesOf(ObservedRequest[] requests)
    {
        double[] counts =
        [
            .. from r in requests
               where r.Scheduler.Length > 0
               group r by r.Scheduler into own
               orderby own.Key
               let n = own.Count()
               where n * FewestOfScheduler >= requests.Length
               select (double)n,
        ];
        return counts.Length == 0 ? [1] : [.. counts.Select(n => n / counts.Sum())];
    }
}
