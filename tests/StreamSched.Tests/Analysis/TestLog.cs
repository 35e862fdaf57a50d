using StreamSched.Analysis.Worlds;
using StreamSched.Avro.Files;
using StreamSched.Avro.Records;
using StreamSched.Core.Scheduling;
using StreamSched.Hosting;
using StreamSched.Reports;
using StreamSched.Simulation.Scenarios;

namespace StreamSched.Tests.Analysis;

/// <summary>Experiences of a world that is shipped.</summary>
internal static class TestLog
{
    public static List<Experience> Of(string policy, double seconds, ulong seed, float exploration, double fullShare = 1)
    {
        Scenario scenario = ShippedScenarios.Read("live-nothing")[0];
        SchedulerSettings settings = PolicySource.Find(policy, "--policy").Into(new SchedulerSettings { Exploration = exploration });
        return
        [
            .. WorldLog.Of(
                scenario with { Duration = seconds, WarmUp = 0, Events = [] }, settings, seed, fullShare, cancellation: TestContext.Current.CancellationToken),
        ];
    }

    /// <summary>Writes a log as <c>export --format avro</c> does.</summary>
    public static void Write(string path, IEnumerable<Experience> records)
    {
        using FileStream file = File.Create(path);
        using ContainerWriter writer = new(file, Experience.Schema);
        foreach (Experience record in records)
        {
            byte[] body = new byte[record.GetEncodedLength()];
            record.Encode(body);
            writer.Append(body);
        }
    }
}
