using StreamSched.Avro;
using StreamSched.Avro.Records;
using StreamSched.Avro.Schemas;
using StreamSched.Core.Registry;
using StreamSched.Hosting;
using StreamSched.Rollouts;

namespace StreamSched.Tests.Rollouts;

public class PolicyLogTests
{
    private readonly PolicyLog _log = new(new MessageDecoder(SchemaCatalogue.Own));

    [Fact]
    public void What_is_published_serves_and_stays_readable_when_the_next_comes()
    {
        PolicySnapshot first = Publish("price", new() { [PolicyRecords.Temperature] = 0.01 });
        PolicySnapshot second = Publish("neural", [], PolicySource.Find("neural", "NAME").File);
        PolicySnapshot third = Publish("price", []);
        Assert.Equal([("price", 1), ("neural", 1), ("price", 2)], [.. ((PolicySnapshot[])[first, second, third]).Select(v => (v.Name, v.Version))]);
        Assert.Equal(3, _log.Versions.Count);
        Assert.Same(_log.Find(PolicyRecords.ReferenceTo(third)), _log.Serving);
        Assert.NotNull(_log.Find(PolicyRecords.ReferenceTo(first)));
        Assert.Equal([1, 2, 3], [.. _log.Steps.Select(s => s.Sequence)]);
        Assert.Equal(("neural", 1), (_log.Active!.Former!.Name, _log.Active.Former.Version));

        // The same again is the version that it was.
        PolicySnapshot again = Publish("price", new() { [PolicyRecords.Temperature] = 0.01 });
        Assert.Equal(1, again.Version);
        Assert.Equal(3, _log.Versions.Count);
        Assert.Same(_log.Find(PolicyRecords.ReferenceTo(first)), _log.Serving);
    }

    [Fact]
    public void A_version_never_changes_and_is_what_its_digest_says()
    {
        PolicySnapshot version = Publish("price", new() { [PolicyRecords.Temperature] = 0.01 });
        PolicySnapshot other = new() { Name = "price", Version = 1, Kind = "price", Parameters = new() { [PolicyRecords.Temperature] = 0.02 } };
        Assert.Contains("versions never change", _log.Take("price/1", other.ToFramed()), StringComparison.Ordinal);
        other.Version = 2;
        other.Digest = version.Digest;
        Assert.Contains("not what its digest says", _log.Take("price/2", other.ToFramed()), StringComparison.Ordinal);
        other.Digest = null;
        Assert.Contains("is not that of price v2", _log.Take("price/3", other.ToFramed()), StringComparison.Ordinal);
        other.Parent = new byte[32];
        Assert.Contains("made from one that nobody knows", _log.Take("price/2", other.ToFramed()), StringComparison.Ordinal);
        other.Parent = version.Digest;
        Assert.Null(_log.Take("price/2", other.ToFramed()));
        Assert.Equal(1, _log.Serving!.Version);
    }

    [Fact]
    public void A_step_that_names_what_nobody_knows_or_has_another_key_changes_nothing()
    {
        PolicySnapshot version = Publish("price", []);
        RolloutStep step = new() { Sequence = 9, State = RolloutState.Active, Champion = new PolicyReference { Name = "price", Version = 7 } };
        Assert.Contains("price v7, which is not in the log", _log.Take("active", step.ToFramed()), StringComparison.Ordinal);
        step.Champion = PolicyRecords.ReferenceTo(version);
        step.Champion.Digest = new byte[32];
        Assert.NotNull(_log.Take("active", step.ToFramed()));
        step.Champion = PolicyRecords.ReferenceTo(version);
        Assert.Contains("no step has the key 'step/8'", _log.Take("step/8", step.ToFramed()), StringComparison.Ordinal);
        step.Challenger = new PolicyReference { Name = "neural", Version = 3 };
        Assert.NotNull(_log.Take("rollout", step.ToFramed()));
        foreach (byte[] garbage in (byte[][])[[1, 2, 3], [.. step.ToFramed().AsSpan(0, 20)], new Feedback { Device = "d" }.ToFramed()])
            Assert.NotNull(_log.Take("active", garbage));
        Assert.Equal(1, _log.Active!.Sequence);
        Assert.Equal(1, _log.LastSequence);
    }

    [Fact]
    public void A_record_of_before_versions_had_keys_serves_until_the_first_step()
    {
        PolicySnapshot former = new() { Name = "active", Version = 4, Kind = "earliest-finish", Note = "because" };
        Assert.Null(_log.Take("active", former.ToFramed()));
        Assert.Equal(("earliest-finish", 4, "because"), (_log.Serving!.Kind, _log.Serving.Version, _log.Active!.Reason));
        Assert.Equal(1, Publish("price", []).Version);
        Assert.Equal("price", _log.Serving!.Kind);
        Assert.Equal("active", _log.Active!.Former!.Name);
        Assert.Null(_log.Take("active", []));
        Assert.Null(_log.Serving);
    }

    [Fact]
    public void Windows_are_the_challengers_while_it_is_on_trial_and_only_if_it_was_made_of_what_serves()
    {
        PolicySnapshot champion = Publish("price", []), child = Version(2, champion.Digest), stranger = Version(3, null);
        Assert.Equal(new PolicyPlan(_log.Serving!, null, null, null), _log.Plan);
        RolloutStep step = Trial(champion, child);
        Assert.Null(_log.Take("rollout", step.ToFramed()));
        Assert.Same(_log.Find(PolicyRecords.ReferenceTo(child)), _log.Plan!.Other);
        Assert.Equal((0.5, false, 2_000_000L), (_log.Plan.Windows!.Share, _log.Plan.Windows.HoldsBack, _log.Plan.Windows.Length));

        Assert.Null(_log.Take("rollout", Trial(champion, stranger).ToFramed()));
        Assert.Null(_log.Plan!.Other);

        step.State = RolloutState.Rejected;
        Assert.Null(_log.Take("rollout", step.ToFramed()));
        Assert.Null(_log.Plan!.Other);

        // In the shadow it has no windows and is asked.
        (step.State, step.Windows) = (RolloutState.Shadow, null);
        Assert.Null(_log.Take("rollout", step.ToFramed()));
        Assert.Equal((null, _log.Find(PolicyRecords.ReferenceTo(child))), (_log.Plan!.Other, _log.Plan.Shadow));
        step.Challenger = PolicyRecords.ReferenceTo(stranger);
        Assert.Null(_log.Take("rollout", step.ToFramed()));
        Assert.Null(_log.Plan!.Shadow);

        // It has become the champion, and the former one keeps some windows.
        (step.Windows, step.State, step.Champion, step.Challenger, step.Former, step.Sequence) =
            (Trial(champion, child).Windows, RolloutState.Active, PolicyRecords.ReferenceTo(child), null, PolicyRecords.ReferenceTo(champion), 5);
        Assert.Null(_log.Take("rollout", step.ToFramed()));
        Assert.Null(_log.Plan!.Other); // not until it is said that it serves
        Assert.Null(_log.Take("active", step.ToFramed()));
        Assert.Equal((2, "price", true), (_log.Plan!.Champion.Version, _log.Plan.Other!.Kind, _log.Plan.Windows!.HoldsBack));
    }

    [Fact]
    public void Windows_of_a_baseline_are_its_own_whatever_the_state()
    {
        PolicySnapshot champion = Publish("price", []), child = Version(2, champion.Digest);
        RolloutStep step = Trial(champion, child);
        (step.State, step.Baseline, step.Windows!.Baseline) = (RolloutState.Rejected, PolicyRecords.ReferenceTo(champion), true);
        Assert.Null(_log.Take("rollout", step.ToFramed()));
        Assert.Same(_log.Serving, _log.Plan!.Other);
        Assert.Equal((true, true), (_log.Plan.Windows!.IsBaseline, _log.Plan.Windows.HoldsBack));
        step.Baseline = null;
        Assert.Null(_log.Take("rollout", step.ToFramed()));
        Assert.Null(_log.Plan!.Other);
        step.Baseline = new PolicyReference { Name = "price", Version = 8 };
        Assert.Contains("price v8, which is not in the log", _log.Take("rollout", step.ToFramed()), StringComparison.Ordinal);
    }

    [Fact]
    public void Windows_that_cannot_be_change_nothing()
    {
        PolicySnapshot champion = Publish("price", []), child = Version(2, champion.Digest);
        RolloutStep step = Trial(champion, child);
        step.Windows!.TailMicros = step.Windows.LengthMicros;
        Assert.Contains("plans windows that cannot be", _log.Take("rollout", step.ToFramed()), StringComparison.Ordinal);
        step.Windows = new WindowPlan { Start = 5, End = 4, LengthMicros = 1000, Share = 0.5 };
        Assert.NotNull(_log.Take("rollout", step.ToFramed()));
        Assert.Null(_log.Plan!.Other);
    }

    [Fact]
    public void What_labels_have_shown_is_the_latest_that_was_told()
    {
        VariantAccuracy edge = new() { Task = "t", Variant = "v", Site = "edge", Mean = 0.4f, Lower = 0.3f, Labels = 40 };
        AccuracyEstimates told = new() { Estimates = [edge] };
        Assert.Null(_log.Take(PolicyRecords.Accuracy, told.ToFramed()));
        Assert.Equal(0.4f, Assert.Single(_log.Accuracies!.Estimates).Mean);
        Assert.NotNull(_log.Take(PolicyRecords.Accuracy, [9, 9, 9]));
        told.Estimates[0].Mean = 7;
        Assert.NotNull(_log.Take(PolicyRecords.Accuracy, told.ToFramed()));
        Assert.Equal(0.4f, Assert.Single(_log.Accuracies!.Estimates).Mean);
        Assert.Null(_log.Take(PolicyRecords.Accuracy, []));
        Assert.Null(_log.Accuracies);
    }

    private PolicySnapshot Version(int number, byte[]? parent)
    {
        PolicySnapshot version = new()
        {
            Name = "price", Kind = "price", Version = number, Parent = parent, Parameters = new() { [PolicyRecords.Temperature] = 0.01 * number },
        };
        Assert.Null(_log.Take(PolicyRecords.Version("price", number), version.ToFramed()));
        return version;
    }

    private static RolloutStep Trial(PolicySnapshot champion, PolicySnapshot challenger) => new()
    {
        Sequence = 4, State = RolloutState.Trial, Champion = PolicyRecords.ReferenceTo(champion), Challenger = PolicyRecords.ReferenceTo(challenger),
        Windows = new WindowPlan { Start = 1_000_000, LengthMicros = 2_000_000, BurnInMicros = 500_000, TailMicros = 100_000, Share = 0.5, Seed = 3 },
    };

    private PolicySnapshot Publish(string kind, Dictionary<string, double> parameters, LoadedPolicy? file = null)
    {
        PolicyPublication publication = PolicyPublication.Of(_log, kind, parameters, file, "", "a test", 1);
        foreach ((string key, byte[] value) in publication.Records) Assert.Null(_log.Take(key, value));
        return publication.Version;
    }
}
