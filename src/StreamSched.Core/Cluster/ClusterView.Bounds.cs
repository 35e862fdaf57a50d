using System.Globalization;
using StreamSched.Core.Serving;

namespace StreamSched.Core.Cluster;

/// <content>What the view keeps at most: registrations and reports come from the network, and anybody who may write there can write any number of
/// them.</content>
public sealed partial class ClusterView
{
    // The tables of placements are made anew when they are next asked for: any number of registrations in a row costs one making.
    private bool _outdated;
    private int _placementsHeld;
    private long _bytesHeld;

    /// <summary>Why a worker is not taken up, though what it says makes sense; null: it is.</summary>
    /// <param name="description">What it can do.</param>
    /// <param name="mayReplace">Whether a worker that is dead may make room for it: what is read from the log's past does not know yet who is alive.</param>
    public string? Refusal(WorkerDescription description, bool mayReplace)
    {
        _workers.TryGetValue(description.Id, out WorkerState? old);
        if (old is null && _workers.Count >= _settings.MaxWorkers && !(mayReplace && LongestDead() is not null)) return Full("workers", _settings.MaxWorkers);
        if (_placementsHeld - (old?.Placements.Count ?? 0) + PlacementsOf(description) > _settings.MaxPlacements)
            return Full("placements", _settings.MaxPlacements);
        if (_bytesHeld - (old is null ? 0 : BytesOf(old.Description)) + BytesOf(description) > _settings.MaxRegistrationBytes)
            return Full("bytes of registrations", _settings.MaxRegistrationBytes);
        int tasks = 0;
        foreach (VariantDescription variant in description.Variants)
            if (!_tasks.ContainsKey(variant.Task)) tasks++;
        return tasks > 0 && _tables.Count + tasks > _settings.MaxTasks ? Full("tasks", _settings.MaxTasks) : null;

        static string Full(string what, long most) => string.Create(CultureInfo.InvariantCulture, $"a scheduler keeps at most {most:N0} {what}");
    }

    private WorkerState? LongestDead()
    {
        WorkerState? longest = null;
        foreach (WorkerState worker in _workers.Values)
            if (worker.Liveness == Liveness.Dead && (longest is null || worker.LastHeard < longest.LastHeard)) longest = worker;
        return longest;
    }

    private int SiteOf(string site) => Network.SiteIndex(site) is > 0 and int known ? known : Network.Count < _settings.MaxSites ? Network.Add(site) : 0;

    private void Count(WorkerState worker, int sign)
    {
        _placementsHeld += sign * worker.Placements.Count;
        _bytesHeld += sign * BytesOf(worker.Description);
    }

    private static int PlacementsOf(WorkerDescription description)
    {
        int placements = 0;
        foreach (VariantDescription variant in description.Variants)
            foreach (ProcessorDescription processor in description.Processors)
                if (variant.Services.ContainsKey(processor.Id)) placements++;
        return placements;
    }

    // Roughly what is kept of it; what a matrix is looked up by grows with the cube of the variants.
    private static long BytesOf(WorkerDescription description)
    {
        const int Object = 256;
        long variants = description.Variants.Count, bytes = (1 + variants + description.Processors.Count) * Object;
        foreach (VariantDescription variant in description.Variants)
            foreach (ServiceTable table in variant.Services.Values) bytes += Object + (sizeof(float) * table.MaxBatch);
        return bytes + (sizeof(float) * (description.Interference.FactorCount + (description.Interference.IsEmpty ? 0 : variants * variants * variants)));
    }

    private void Renew()
    {
        if (_outdated) Rebuild();
    }
}
