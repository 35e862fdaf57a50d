using StreamSched.Core.Cluster;
using StreamSched.Core.Serving;

namespace StreamSched.Analysis.Twins;

/// <summary>A worker as it really was, found from its runs.</summary>
internal sealed class WorkerFit
{
    private const int FewestRuns = 20, FewestOfSize = 10;
    private const double MostFactor = 100;

    // Runs that take more than this times what is usual are no part of the usual scatter: they are the worker's spread.
    private const double Outlier = 2;
    private const double LeastSpread = 0.002;

    /// <summary>What it last said of itself.</summary>
    public required WorkerDescription Description { get; init; }

    /// <summary>Its runs.</summary>
    public required IReadOnlyList<ServiceFit> Services { get; init; }

    /// <summary>Factor with one other batch beside, with two, …; empty: it was not seen, or does not matter.</summary>
    public required IReadOnlyList<double> Company { get; init; }

    /// <summary>When it was slower or quicker than usual.</summary>
    public required IReadOnlyList<(double From, double To, double Factor)> Levels { get; init; }

    /// <summary>Share of the runs that took much longer, and how much; a share of 0: there are none.</summary>
    public required (double Share, double Factor) Spread { get; init; }

    /// <summary>When it was not there.</summary>
    public required IReadOnlyList<(double From, double To)> Away { get; init; }

    /// <summary>Finds out how a worker was.</summary>
    /// <param name="description">What it said of itself.</param>
    /// <param name="answers">What it answered, in the order of time.</param>
    /// <param name="away">When it was not there.</param>
    /// <param name="origin">The instant from which times count, µs since 1970.</param>
    /// <param name="duration">Seconds.</param>
    public static WorkerFit Of(
        WorkerDescription description, IReadOnlyList<ObservedRequest> answers, IReadOnlyList<(double From, double To)> away, long origin, double duration)
    {
        List<Run> runs = RunsOf(description, answers, origin);
        foreach (IGrouping<(string, string), Run> kind in runs.GroupBy(r => (r.Processor, r.Variant)))
        {
            double usual = Twins.Levels.Median(kind.Select(r => r.Ratio));
            foreach (Run run in kind) (run.Usual, run.Rest) = (usual, run.Ratio / usual);
        }

        var levels = Twins.Levels.Of([.. runs.OrderBy(r => r.At).Select(r => (r.At, r.Rest))], duration);
        foreach (Run run in runs) run.Rest /= Twins.Levels.At(levels, run.At);
        List<double> company = CompanyOf(runs, description.Processors.Sum(p => p.Slots));
        foreach (Run run in runs) run.Rest /= run.Company == 0 || company.Count == 0 ? 1 : company[Math.Min(run.Company, company.Count) - 1];
        foreach (IGrouping<(string, string), Run> kind in runs.GroupBy(r => (r.Processor, r.Variant)))
        {
            double usual = Twins.Levels.Median(kind.Select(r => r.Rest)); // of undisturbed runs now
            foreach (Run run in kind) (run.Usual, run.Rest) = (run.Usual * usual, run.Rest / usual);
        }

        List<ServiceFit> services = [];
        int outliers = 0, known = 0;
        double excess = 0;
        foreach (VariantDescription variant in description.Variants)
        {
            foreach ((string processor, ServiceTable registered) in variant.Services)
            {
                if (description.Processors.FirstOrDefault(p => p.Id == processor) is not { } runner || !Fits(variant, runner)) continue;
                Run[] own = [.. runs.Where(r => r.Processor == processor && r.Variant == variant.Name)];
                services.Add(Service(variant.Name, processor, registered, own));
                if (own.Length < FewestRuns) continue;
                double[] beyond = [.. own.Where(r => r.Rest > Outlier).Select(r => r.Rest)];
                (outliers, known, excess) = (outliers + beyond.Length, known + own.Length, excess + beyond.Sum());
            }
        }

        double share = known == 0 ? 0 : (double)outliers / known;
        return new WorkerFit
        {
            Description = description, Services = services, Company = company, Levels = levels, Away = away,
            Spread = share < LeastSpread ? (0, 1) : (share, Math.Min(MostFactor, excess / outliers)),
        };
    }

    private static bool Fits(VariantDescription variant, ProcessorDescription processor) =>
        processor.MemoryBytes == 0 || variant.MemoryBytes <= processor.MemoryBytes;

    // Requests that ran together are one run: they have its time and size in common.
    private static List<Run> RunsOf(WorkerDescription description, IReadOnlyList<ObservedRequest> answers, long origin)
    {
        Dictionary<(string, string), ServiceTable> tables = [];
        foreach (VariantDescription variant in description.Variants)
            foreach ((string processor, ServiceTable table) in variant.Services) tables[(processor, variant.Name)] = table;
        Dictionary<(string, string, long, int), int> left = [];
        List<Run> runs = [];
        foreach (ObservedRequest answer in answers)
        {
            if (answer.Batch <= 0 || answer.Service <= 0 || !tables.TryGetValue((answer.Processor, answer.Variant), out ServiceTable? table)) continue;
            var key = (answer.Processor, answer.Variant, answer.Service, answer.Batch);
            if (left.Remove(key, out int more) && more > 0)
            {
                if (more > 1) left[key] = more - 1;
                continue;
            }

            if (answer.Batch > 1) left[key] = answer.Batch - 1;
            double at = 1e-6 * (answer.Finished - answer.Service - origin);
            runs.Add(new Run(answer.Processor, answer.Variant, at, answer.Batch, answer.Company, 1e-6 * answer.Service / table.Seconds(answer.Batch)));
        }

        return runs;
    }

    private static List<double> CompanyOf(List<Run> runs, int slots)
    {
        double[] alone = [.. runs.Where(r => r.Company == 0).Select(r => r.Rest)];
        if (slots <= 1 || alone.Length < FewestRuns) return [];
        double usual = Twins.Levels.Median(alone);
        List<double> factors = [];
        for (int k = 1; k < slots; k++)
        {
            double[] beside = [.. runs.Where(r => r.Company == k).Select(r => r.Rest)];
            if (beside.Length < FewestRuns) break;
            factors.Add(Math.Clamp(Twins.Levels.Median(beside) / usual, 0.01, MostFactor));
        }

        return factors;
    }

    private static ServiceFit Service(string variant, string processor, ServiceTable registered, Run[] runs)
    {
        int[] sizes = Bends(registered);
        double[] factors = [.. sizes.Select(_ => 1.0)];
        if (runs.Length < FewestRuns) return new ServiceFit(variant, processor, registered, sizes, factors, 0, runs.Length);
        Run[] usual = [.. runs.Where(r => r.Rest <= Outlier)];
        double variance = 0, weight = 0;
        for (int i = 0; i < sizes.Length; i++)
        {
            Run[] near = [.. usual.Where(r => Nearest(sizes, r.Batch) == i)];
            factors[i] = runs[0].Usual * (near.Length < FewestOfSize ? usual : near).Average(r => r.Rest);
            if (near.Length < FewestOfSize) continue;
            double middle = Twins.Levels.Median(near.Select(r => r.Rest));

            // A run's scatter is the mean of its members', so each member scatters more.
            variance += near.Sum(r => Math.Log(r.Rest / middle) * Math.Log(r.Rest / middle));
            weight += near.Sum(r => 1.0 / r.Batch);
        }

        double sigma = weight == 0 ? 0 : Math.Min(ServiceNoise.MostSigma, Math.Sqrt(variance / weight));
        return new ServiceFit(variant, processor, registered, sizes, factors, sigma, runs.Length);
    }

    // Between them a table is a straight line.
    private static int[] Bends(ServiceTable table)
    {
        List<int> sizes = [1];
        for (int b = 2; b < table.MaxBatch; b++)
        {
            double before = table.Seconds(b) - table.Seconds(b - 1), after = table.Seconds(b + 1) - table.Seconds(b);
            if (Math.Abs(after - before) > 1e-4 * table.Seconds(b)) sizes.Add(b);
        }

        if (table.MaxBatch > 1) sizes.Add(table.MaxBatch);
        return [.. sizes];
    }

    private static int Nearest(int[] sizes, int batch)
    {
        int nearest = 0;
        for (int i = 1; i < sizes.Length; i++)
            if (Math.Abs(Math.Log((double)sizes[i] / batch)) < Math.Abs(Math.Log((double)sizes[nearest] / batch))) nearest = i;
        return nearest;
    }

    // Ratio: its time over the registered one.
    private sealed record Run(string Processor, string Variant, double At, int Batch, int Company, double Ratio)
    {
        // The median of the ratio, of its variant and processor.
        public double Usual { get; set; } = 1;

        // What is left of the ratio when what is known is taken away.
        public double Rest { get; set; } = 1;
    }
}
