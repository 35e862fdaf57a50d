using StreamSched.Core.Policies;
using StreamSched.Core.Rollouts;
using StreamSched.Learning.Rollouts;

namespace StreamSched.Tests.Rollouts;

/// <summary>Traffic that follows a roll-out's window plans, in virtual time.</summary>
internal sealed class RolloutWorld : IRolloutSink
{
    public const long Second = 1_000_000;
    public static readonly PolicyVersion First = new("neural", 1, new byte[32]), Challenger = new("neural", 2, new byte[32]);
    private static readonly GateResult[] Passed = [new("layout", true, ""), new("finite", true, "")];
    private RandomStream _random;
    private double _drift;
    private long _block;

    public RolloutWorld(RolloutSettings? settings = null, ulong seed = 1, RolloutStep? restored = null)
    {
        Settings = settings ?? new RolloutSettings();
        Rollout = new Rollout(Settings, this, First) { Conditions = new RolloutConditions(TimeSpan.Zero, TimeSpan.FromSeconds(0.2), TimeSpan.Zero) };
        _random = new RandomStream(seed);
        if (restored is null) return;
        Now = restored.At;
        Rollout.Restore(restored);
    }

    public RolloutSettings Settings { get; }

    public Rollout Rollout { get; }

    public List<RolloutStep> Steps { get; } = [];

    public RolloutStep Last => Steps[^1];

    public long Now { get; set; } = 1_700_000_000 * Second;

    /// <summary>Requests per second.</summary>
    public int Rate { get; init; } = 200;

    /// <summary>Points by which the challenger is better than the champion that it was proposed against.</summary>
    public double Better { get; set; }

    /// <summary>Points by which everything is better than as if nothing had been learned.</summary>
    public double Learned { get; set; }

    /// <summary>Points by which the challenger misses, rejects and fails more.</summary>
    public (double Missed, double Rejected, double Failed) Harm { get; set; }

    /// <summary>Standard deviation of what four seconds have in common, in points.</summary>
    public double Noise { get; init; } = 0.7;

    /// <summary>What the challenger says in its shadow.</summary>
    public Func<RandomStream, ShadowOutcome> Shadow { get; set; } = static random => Forecast(random, 0);

    public void Stepped(RolloutStep taken) => Steps.Add(taken);

    /// <summary>Lets the champion's traffic run until the noise is known, and proposes.</summary>
    public string? Propose(params GateResult[] gates)
    {
        Run(100);
        return Rollout.Propose(Challenger, gates.Length == 0 ? Passed : gates, Now);
    }

    /// <summary>Lets traffic run until a step or a time.</summary>
    public RolloutWorld RunUntil(Func<RolloutStep, bool> step, double minutes = 60)
    {
        for (double left = minutes * 60; left > 0 && (Steps.Count == 0 || !step(Last)); left--) Run(1);
        return this;
    }

    public RolloutWorld RunUntil(RolloutState state, double minutes = 60) => RunUntil(step => step.State == state, minutes);

    public void Run(double seconds)
    {
        long until = Now + (long)(seconds * Second), advanced = Now;
        while (Now < until)
        {
            Now += Second / Rate;
            if (Now / (4 * Second) != _block) (_block, _drift) = (Now / (4 * Second), Noise * _random.NextNormal());
            Tell();
            if (Now - advanced < Second / 5) continue;
            Rollout.Advance(Now);
            advanced = Now;
        }
    }

    /// <summary>Forecasts of equal quality, or the challenger's with more error.</summary>
    public static ShadowOutcome Forecast(RandomStream random, double error)
    {
        double logit = 2 * random.NextNormal();
        return new ShadowOutcome
        {
            Asked = true, Choice = random.NextDouble() < 0.1 ? ShadowChoice.Other : ShadowChoice.Same, NetUtility = random.NextNormal(),
            ChampionLogit = (float)logit, ChallengerLogit = (float)(logit + (error * random.NextNormal())),
        };
    }

    private void Tell()
    {
        ArmWindow at = Rollout.Windows?.At(Now) ?? new ArmWindow(Arm.Champion, -1);
        bool isNew = at.Arm == Arm.Challenger || (at.Arm == Arm.Champion && Rollout.Champion == Challenger);
        bool isBaseline = at.Arm == Arm.HoldBack && Rollout.Windows!.IsBaseline;
        (double missed, double rejected, double failed) = isNew ? Harm : default;
        double kind = 100 * _random.NextDouble();
        ShadowOutcome shadow = Rollout.State == RolloutState.Shadow ? Shadow(_random) : default;
        _random.NextUInt64();
        Rollout.Observe(new RolloutOutcome
        {
            Created = Now, Arm = at.Arm, Window = at.Window, Shadow = shadow,
            Value = 0.6 + ((_drift + (isNew ? Better : 0) + (isBaseline ? 0 : Learned) + (10 * _random.NextNormal())) / 100),
            Missed = kind < 5 + missed, Rejected = kind >= 20 && kind < 22 + rejected, Failed = kind >= 50 && kind < 51 + failed,
        });
    }
}
