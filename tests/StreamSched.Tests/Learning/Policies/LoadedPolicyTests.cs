using System.Text;
using StreamSched.Core.Networks;
using StreamSched.Core.Policies;
using StreamSched.Core.PolicyFiles;
using StreamSched.Core.Prediction;
using StreamSched.Core.Registry;
using StreamSched.Core.Scheduling;
using StreamSched.Hosting;
using StreamSched.Tests.Core;

namespace StreamSched.Tests.Learning.Policies;

public class LoadedPolicyTests
{
    private static readonly RuleConstants Other = new()
    {
        CapacityWeight = 2, TargetUtilisation = 0.8f, OnTime = new OnTimeModel { Floor = 0.002f, PerBatchTime = 1, PerNetwork = 0.5f },
        Price = new PriceParameters { RejectScore = 0.1f, Temperature = 0.01f },
    };

    [Fact]
    public void Constants_come_back_as_they_were_written()
    {
        PolicyMetadata metadata = new()
        {
            Name = "price", Version = 3, Scenarios = ["small"], Seeds = [7],
            Figures = new Dictionary<string, double> { ["gain"] = 0.5, ["other"] = double.NaN },
            Notes = new Dictionary<string, string> { ["command"] = "x" },
        };
        LoadedPolicy read = LoadedPolicy.Parse(new ConstantsFile(metadata, Other).ToBytes());
        Assert.Equal(Other, read.Constants);
        Assert.Equal((3, "small", 7UL, "x", 0.5), (read.Metadata.Version, read.Metadata.Scenarios[0], read.Metadata.Seeds[0],
            read.Metadata.Notes["command"], Assert.Single(read.Metadata.Figures).Value));
    }

    [Fact]
    public void What_decides_by_default_is_the_network_that_comes_with_the_program()
    {
        PolicySource found = PolicySource.Find(PolicySource.Default, "--policy");
        Assert.Equal(Checkout.Path("models", "policies", "neural.onnx"), found.Path);
        Assert.Equal(new RuleConstants(), found.File!.Constants); // the rule that it corrects is the one that is built in
        Assert.Equal(found.Path, PolicySource.FindTrained(PolicySource.Default, "--policy").Path);
        Assert.Contains("--steps 40", found.File.Metadata.Notes["command"], StringComparison.Ordinal);
    }

    [Fact]
    public void The_shipped_price_rule_is_the_one_that_is_built_in_and_what_the_demo_plays_under_its_name()
    {
        PolicySource played = PolicySource.FindTrained(PolicyNames.Price, "--policy");
        Assert.Equal(Checkout.Path("models", "policies", "price.json"), played.Path);
        Assert.Equal(new RuleConstants(), played.File!.Constants);
        Assert.Equal(new SchedulerSettings().Constants, played.File.Constants);
        Assert.Null(PolicySource.Find(PolicyNames.Price, "--policy").File); // elsewhere constants are a matter of settings
        Assert.Null(PolicySource.FindTrained(PolicyNames.LeastLoaded, "--policy").File);
    }

    [Fact]
    public void A_scheduler_takes_the_constants_up_with_the_policy_and_gives_them_back_with_it()
    {
        LoadedPolicy read = LoadedPolicy.Parse(new ConstantsFile(new PolicyMetadata { Name = "price", Version = 3 }, Other).ToBytes());
        TestCluster cluster = new(new SchedulerSettings { Exploration = 0, TimeBudget = TimeSpan.Zero }.With(read));
        cluster.Worker("w", "edge", TestCluster.Variant("m", "t", 0.9f, 10));
        Assert.Equal(("price", 3), (cluster.Scheduler.Policy, cluster.Scheduler.PolicyVersion));
        Assert.True(cluster.Decide(cluster.Request()).IsPlaced);
        float wide = cluster.Scheduler.Candidates.Deviation[0], price = PriceAfter(cluster, 20);
        cluster.Scheduler.Use(PolicyCatalogue.Create("price", new()), 4);
        cluster.After(1_000);
        cluster.Hear("w");
        Assert.True(cluster.Decide(cluster.Request()).IsPlaced);
        Assert.NotEqual(wide, cluster.Scheduler.Candidates.Deviation[0]);
        Assert.Equal(new OnTimeModel(), cluster.Scheduler.OnTime);
        Assert.True(price > 0);
    }

    // The price that twenty requests at once leave behind.
    private static float PriceAfter(TestCluster cluster, int requests)
    {
        for (int i = 0; i < requests; i++) cluster.Decide(cluster.Request(deadlineMs: 500));
        cluster.View.Advance(cluster.Now);
        return cluster.View.CapacityPrice[0];
    }

    [Theory]
    [InlineData("{\"name\": \"price\", \"constants\": {\"eta\": 1}}", "constants.eta: there is no such constant; there are: capacityWeight")]
    [InlineData("{\"name\": \"price\", \"constants\": {\"temperature\": 0}}", "constants.temperature: 0 is not positive")]
    [InlineData("{\"name\": \"price\", \"constants\": {\"targetUtilisation\": 1.5}}", "targetUtilisation: 1.5 is not in (0, 1]")]
    [InlineData("{\"name\": \"neural\", \"constants\": {}}", "constants alone make no policy 'neural'")]
    [InlineData("{\"name\": \"price\"}", "constants")]
    [InlineData("{\"name\": \"price\", \"constants\": {}, \"colour\": 1}", "colour")]
    [InlineData("{", "")]
    [InlineData("what is this", "")]
    public void What_is_wrong_with_a_file_is_said(string text, string message)
    {
        PolicyFileException exception = Assert.Throws<PolicyFileException>(() => LoadedPolicy.Parse(Encoding.UTF8.GetBytes(text)));
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_network_without_a_known_name_is_no_policy()
    {
        Network network = new(NetworkShape.Perceptron(3, [4], Activation.Tanh, 1));
        foreach (string name in (string[])["", "unheard-of"])
        {
            byte[] bytes = new PolicyFile(network, new PolicyMetadata { Name = name }).ToBytes();
            Assert.Contains(
                name.Length == 0 ? "does not say" : "'unheard-of', which this build does not know",
                Assert.Throws<PolicyFileException>(() => LoadedPolicy.Parse(bytes)).Message, StringComparison.Ordinal);
        }
    }
}
