using StreamSched.Core.Networks;
using StreamSched.Core.OnlineLearning;
using StreamSched.Core.Policies;
using StreamSched.Core.Policies.Learned;
using StreamSched.Core.PolicyFiles;
using StreamSched.Core.Registry;
using StreamSched.Hosting;
using StreamSched.Learning.Online;

namespace StreamSched.Tests.Learning.Online;

/// <summary>Policies that learn on from the experience of all schedulers.</summary>
public class OnlineLearnersTests
{
    private const long Second = 1_000_000, Start = 1_700_000_000 * Second;
    private static readonly OnTimeLearnerSettings Settings = new() { Period = TimeSpan.FromSeconds(5) };
    private RandomStream _random = new(1);
    private long _now = Start;

    public static TheoryData<string> Bandits => [PolicyNames.LinUcb, PolicyNames.NeuralUcb];

    [Fact]
    public void X3_every_policy_that_learns_has_a_learner_and_others_have_none()
    {
        foreach (string name in OnlineLearners.Names)
            Assert.NotNull(OnlineLearners.Create(name, PolicySource.Find(name, "NAME").File, Settings, 1));
        Assert.Null(OnlineLearners.Create(PolicyNames.EarliestFinish, null, Settings, 1));
        Assert.Null(OnlineLearners.Create(PolicyNames.Neural, null, Settings, 1)); // without its file there is nothing to go on from
    }

    [Fact]
    public void X3_sums_of_a_bandit_add_up_over_schedulers_and_a_scheduler_goes_on_from_them()
    {
        IOnlineLearner learner = OnlineLearners.Create(PolicyNames.LinUcb, null, Settings, 1)!;
        LinUcb all = PolicyCatalogue.NewLinUcb();
        float[] x = new float[ArmFeatures.Count];
        for (int i = 0; i < 2_000; i++)
        {
            double reward = Draw(x);
            all.Learn(x, reward);
            learner.Add(Outcome(PolicyNames.LinUcb, x, reward, i % 3), _now += Second / 100);
        }

        LoadedPolicy file = LoadedPolicy.Parse(learner.File(new PolicyMetadata { Version = 2 }).ToBytes());
        Assert.Equal((PolicyNames.LinUcb, 2), (file.Metadata.Name, file.Metadata.Version));
        LinUcb read = (LinUcb)BanditPolicy.BanditOf(file.File!, _ => PolicyCatalogue.NewLinUcb());
        Assert.Equal(2_000, read.Model.Count);
        Activations one = new(file.File!.Network.Shape, 1);
        for (int i = 0; i < 100; i++)
        {
            Draw(x);
            one.SetSample(0, x);
            Assert.Equal(all.Score(x), read.Score(x), 9);
            Assert.Equal(all.Predict(x), file.File!.Network.Forward(one)[0], 1e-4); // what any program reads from the file
        }

        Assert.IsType<BanditPolicy>(file.Prepare().Policy);
    }

    [Theory, MemberData(nameof(Bandits))]
    public void X3_a_bandit_is_worth_a_trial_while_it_foretells_more_than_what_serves(string name)
    {
        IOnlineLearner learner = OnlineLearners.Create(name, null, Settings, 1)!;
        LearnedPeriod first = Periods(learner, name, 3)[^1];
        Assert.True(first.IsWorthATrial && first.Score.Gain > 0.01, $"{first}");
        learner.Begin(LoadedPolicy.Parse(learner.File(new PolicyMetadata()).ToBytes()));
        LearnedPeriod[] later = Periods(learner, name, 5);
        Assert.True(later[^1].Score.Gain < first.Score.Gain / 10, $"{first}; {later[^1]}");
    }

    [Theory, MemberData(nameof(Bandits))]
    public void X5_sums_that_are_none_are_refused(string name)
    {
        PolicyFile sound = OnlineLearners.Create(name, null, Settings, 1)!.File(new PolicyMetadata());
        double[] sums = [.. System.Runtime.InteropServices.MemoryMarshal.Cast<byte, double>(Convert.FromBase64String(sound.Metadata.Notes["sums"]))];
        string tooShort = Convert.ToBase64String(new byte[8 * (sums.Length - 1)]);
        List<string?> bad = [null, "", "!", "AAAA", tooShort, Changed(0, -1), Changed(1, 0.5), Changed(3, double.NaN)];
        foreach (string? text in bad)
        {
            Dictionary<string, string> notes = text is null ? [] : new() { ["sums"] = text };
            PolicyFile file = new(sound.Network, sound.Metadata with { Notes = notes });
            PolicyFileException exception = Assert.Throws<PolicyFileException>(() => LoadedPolicy.Parse(file.ToBytes()));
            Assert.Contains("sums", exception.Message, StringComparison.Ordinal);
        }

        Network wide = new(NetworkShape.Perceptron(ArmFeatures.Count, [4_000], Activation.Relu, 1));
        Assert.Contains("units", Assert.Throws<PolicyFileException>(() => LoadedPolicy.Parse(new PolicyFile(wide, sound.Metadata).ToBytes())).Message,
            StringComparison.Ordinal);

        string Changed(int at, double value)
        {
            double[] changed = [.. sums];
            changed[at] = value;
            return Convert.ToBase64String(System.Runtime.InteropServices.MemoryMarshal.AsBytes(changed.AsSpan()));
        }
    }

    [Fact]
    public void Outcomes_are_handed_on_in_the_order_of_each_schedulers_decisions()
    {
        List<(string Scheduler, long Decided)> taken = [];
        DecisionOrder order = new("p", (scheduler, decision) => taken.Add((scheduler, decision.Decided)));
        int[] mixed = [.. Enumerable.Range(0, 2_000)];
        for (int block = 0; block < mixed.Length; block += 50) _random.Shuffle(mixed.AsSpan(block, 50)); // results come within half a second of each other
        foreach (int i in mixed) order.Add(new LiveOutcome
        {
            Created = 1, Arm = Arm.Champion, Window = -1, Utility = 0, Weight = 1, OnTime = true,
            Scheduler = $"s{i % 2}", Decided = Start + (i * Second / 100), DeadlineSeconds = 0.5f
        });
        Assert.Equal(0, order.Late);
        foreach (string scheduler in (string[])["s0", "s1"])
        {
            long[] decided = [.. taken.Where(t => t.Scheduler == scheduler).Select(t => t.Decided)];
            Assert.True(decided.Length > 800, $"{decided.Length} of 1000");
            Assert.Equal(decided.Order(), decided);
        }

        order.Add(new LiveOutcome { Created = 1, Arm = Arm.Champion, Window = -1, Utility = 0, Weight = 1, OnTime = true, Scheduler = "s0", Decided = Start });
        Assert.Equal(1, order.Late);
    }

    [Fact]
    public void A_network_that_foretells_what_is_earned_has_the_smaller_errors_whatever_constant_it_adds()
    {
        HeldOutLosses losses = new(Settings, 1);
        ReturnErrors errors = new(losses, 0.5f);
        for (int i = 0; i < 2_000; i++)
        {
            float reward = i % 2;
            errors.Add(reward, champion: 0, candidate: 7 + (i % 2 == 0 ? 2 / 3f : 4 / 3f)); // the true values of such a sequence
        }

        HeldOutScore score = losses.End();
        Assert.True(score.Candidate < 0.01 && score.Champion > 0.05, $"{score}");
    }

    [Fact]
    public void E1_ecsrl_learns_on_from_the_log_what_its_prediction_leaves_out()
    {
        IOnlineLearner learner = OnlineLearners.Create(EcsrlPolicy.Kind, PolicySource.Find(EcsrlPolicy.Kind, "NAME").File, Settings, 1)!;
        LearnedPeriod? last = null;
        float[] row = new float[EcsrlFeatures.Count];
        for (int i = 0; i < 60_000; i++)
        {
            // Placements with feature 9, the measured slow-down, take longer than predicted.
            row.AsSpan().Clear();
            row[9] = _random.NextInt32(2);
            row[EcsrlFeatures.Predicted] = -1;
            last = learner.Add(Step(EcsrlPolicy.Kind, row, latency: row[9] > 0 ? 0.4f : 0.1f, explored: i % 50 == 0), _now += Second / 500) ?? last;
        }

        Assert.True(last is { IsWorthATrial: true }, $"{last}");
        LoadedPolicy file = LoadedPolicy.Parse(learner.File(new PolicyMetadata { Version = 2 }).ToBytes());
        Assert.IsType<EcsrlPolicy>(file.Prepare().Policy);
        Assert.True(Value(0) > Value(1) + 0.5f, $"{Value(0)} and {Value(1)}");

        float Value(float slowdown)
        {
            Activations one = new(file.File!.Network.Shape, 1);
            float[] features = new float[EcsrlFeatures.Count];
            (features[9], features[EcsrlFeatures.Predicted]) = (slowdown, -1);
            one.SetSample(0, features);
            return file.File!.Network.Forward(one)[0];
        }
    }

    [Fact]
    public void A5_aset_learns_on_from_the_windows_of_all_schedulers()
    {
        PolicyFile shipped = PolicySource.Find(AsetPolicy.Kind, "NAME").File!.File!;
        IOnlineLearner learner = OnlineLearners.Create(AsetPolicy.Kind, LoadedPolicy.Parse(shipped.ToBytes()), Settings, 1)!;
        bool worth = false;
        float[] seen = new float[1 + AsetPolicy.ObservationSize];
        float[] before = Values(shipped.Network);
        for (int window = 0; window < 1_500; window++)
        {
            // What was the best fails now; the others answer everything.
            int rule = window / 50 % 2 == 0 ? Best(before) : window / 100 % AsetPolicy.Rules.Count;
            seen[0] = rule;
            for (int i = 0; i < 10; i++)
            {
                bool onTime = rule != Best(before) || i == 0;
                _now += Second / 10;
                LiveOutcome outcome = Step(AsetPolicy.Kind, i == 0 ? seen : [], 0.01f, explored: false, onTime, window % 2);
                worth |= learner.Add(outcome, _now) is { IsWorthATrial: true };
            }
        }

        Assert.True(worth, "nothing was worth a trial");
        LoadedPolicy file = LoadedPolicy.Parse(learner.File(new PolicyMetadata { Version = 2 }).ToBytes());
        Assert.IsType<AsetPolicy>(file.Prepare().Policy);
        Assert.NotEqual(Best(before), Best(Values(file.File!.Network)));

        static int Best(float[] values) => Array.IndexOf(values, values.Max());

        static float[] Values(Network network)
        {
            Activations one = new(network.Shape, 1);
            one.SetSample(0, new float[AsetPolicy.ObservationSize]);
            ReadOnlySpan<float> values = network.Forward(one);
            float[] all = new float[AsetPolicy.Rules.Count];
            for (int a = 0; a < all.Length; a++) all[a] = values[a * one.Stride];
            return all;
        }
    }

    [Theory, InlineData("tan"), InlineData("tan-no-memory")]
    public void T1_tan_learns_on_from_the_choices_that_exploration_drew(string file)
    {
        LoadedPolicy shipped = PolicySource.Find(file, "NAME").File!;
        IOnlineLearner learner = OnlineLearners.Create(TanPolicy.Kind, shipped, Settings, 1)!;
        float[] seen = new float[TanPolicy.SeenFields];
        Actor serving = new(TanPolicy.ModelOf(shipped.File!));
        bool[] both = [true, true];
        bool worth = false;
        const float explores = 0.1f;
        for (int i = 0; i < 60_000; i++)
        {
            seen.AsSpan(0, TanPolicy.ObservationSize).Fill(0.3f);
            int best = serving.Best(seen.AsSpan(0, TanPolicy.ObservationSize), both).Action;
            bool explored = _random.NextSingle() < explores;
            int action = explored ? _random.NextInt32(2) : best;
            (seen[^3], seen[^2], seen[^1]) = (1, 1, action);
            float propensity = (action == best ? 1 - explores : 0) + (explores / 2);

            // What serves is always too late; the other size is always in time.
            LiveOutcome outcome = Step(TanPolicy.Kind, seen, 0.01f, explored, onTime: action != best, propensity: propensity);
            worth |= learner.Add(outcome, _now += Second / 200) is { IsWorthATrial: true };
        }

        Assert.True(worth, "nothing was worth a trial");
        LoadedPolicy learned = LoadedPolicy.Parse(learner.File(new PolicyMetadata { Version = 2 }).ToBytes());
        Assert.IsType<TanPolicy>(learned.Prepare().Policy);
        Assert.NotEqual(Settled(shipped.File!), Settled(learned.File!));

        int Settled(PolicyFile file)
        {
            Actor actor = new(TanPolicy.ModelOf(file));
            int action = -1;
            for (int i = 0; i < 100; i++) action = actor.Best(seen.AsSpan(0, TanPolicy.ObservationSize), both).Action; // its memory is full
            return action;
        }
    }

    // The reward is linear in the features, and a little noise.
    private double Draw(float[] x)
    {
        for (int i = 0; i < x.Length; i++) x[i] = _random.NextSingle();
        return (0.5 * x[1]) - (0.3 * x[5]) + (0.02 * _random.NextDouble());
    }

    private LearnedPeriod[] Periods(IOnlineLearner learner, string name, int count)
    {
        List<LearnedPeriod> periods = [];
        float[] x = new float[ArmFeatures.Count];
        while (periods.Count < count)
        {
            double reward = Draw(x);
            if (learner.Add(Outcome(name, x, reward, 0), _now += Second / 200) is { } period) periods.Add(period);
        }

        return [.. periods];
    }

    private LiveOutcome Outcome(string policy, float[] seen, double utility, int scheduler) => new()
    {
        Created = _now, Decided = _now, Arm = Arm.Champion, Window = -1, Utility = utility, Weight = 1, OnTime = true, IsPlaced = true, DeadlineSeconds = 0.1f,
        Policy = policy, Seen = seen, Scheduler = $"s{scheduler}",
    };

    private LiveOutcome Step(
        string policy, float[] seen, float latency, bool explored, bool onTime = true, int scheduler = 0, float propensity = 1) => new()
        {
            Created = _now, Decided = _now, Arm = Arm.Champion, Window = -1, Utility = onTime ? 1 : 0, Weight = 1, OnTime = onTime, IsPlaced = true,
            DeadlineSeconds = 0.5f, Policy = policy, Seen = seen, Scheduler = $"s{scheduler}", LatencySeconds = latency, Explored = explored,
            Propensity = propensity,
        };
}
