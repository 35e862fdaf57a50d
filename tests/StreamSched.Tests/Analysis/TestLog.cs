using StreamSched.Analysis.Worlds;
using StreamSched.Avro.Records;
using StreamSched.Core.Scheduling;
using StreamSched.Hosting;
using StreamSched.Reports;
using StreamSched.Simulation.Scenarios;

namespace StreamSched.Tests.Analysis;

/// <summary>Experiences of a world that is shipped.</summary>
internal static class TestLog
{
    internal delegate void Handler(in ExperienceView record);

    public static List<Experience> Of(string policy, double seconds, ulong seed, float exploration, double fullShare = 1)
    {
        Scenario scenario = ShippedScenarios.Read("live-nothing")[0];
        SchedulerSettings settings = PolicySource.Find(policy, "--policy").Into(new SchedulerSettings { Exploration = exploration });
        return
        [
            .. WorldLog.Of(
                scenario with { Duration = seconds, WarmUp = 0, Events = [] }, settings, seed, fullShare, TestContext.Current.CancellationToken),
        ];
    }

    /// <summary>Gives a record to somebody as it lies in a log.</summary>
    public static void Read(Experience record, Handler handler)
    {
        byte[] body = new byte[record.GetEncodedLength()];
        record.Encode(body);
        Assert.True(ExperienceView.TryDecode(body, out ExperienceView view, out var fault), fault.ToString());
        handler(view);
    }
}
