using StreamSched.Core.Cluster;
using StreamSched.Core.Requests;

namespace StreamSched.Rebuilds;

/// <summary>What a request asks for, without its payload.</summary>
/// <param name="Task">What is asked.</param>
/// <param name="Site">Where the device is.</param>
/// <param name="Created">When it was made, µs since 1970.</param>
/// <param name="Deadline">From its start on.</param>
/// <param name="MinAccuracy">The least accuracy; 0: any.</param>
/// <param name="Weight">What an answer counts.</param>
/// <param name="Bytes">Size of its message.</param>
internal sealed record RequestTerms(string Task, string Site, long Created, TimeSpan Deadline, float MinAccuracy, float Weight, int Bytes)
{
    /// <summary>Who decided on it last; null: nobody.</summary>
    public RebuiltScheduler? By { get; set; }

    /// <summary>The same as a scheduler sees it.</summary>
    /// <param name="view">What it knows of the cluster.</param>
    /// <param name="due">The instant that is to be kept, as it was recorded; 0: not told.</param>
    public Request In(ClusterView view, long due) => new()
    {
        Task = view.TaskIndex(Task), Site = view.Network.SiteIndex(Site), Origin = view.OriginIndex(Site),
        Started = due > 0 ? due - (long)Deadline.TotalMicroseconds : Created,
        Deadline = (float)Deadline.TotalSeconds, MinAccuracy = MinAccuracy, Weight = Weight, PayloadBytes = Bytes,
    };
}
