using System.Diagnostics;
using System.Globalization;
using StreamSched.Core.Networks;
using StreamSched.Core.Policies;
using StreamSched.Learning.Reinforcement;

namespace StreamSched.Bench;

/// <summary>Trainings on CartPole-v1.</summary>
/// <param name="Conditions">Where and when.</param>
/// <param name="Command">The command line that repeats it.</param>
/// <param name="Runs">One per algorithm and seed.</param>
internal sealed record CartPoleReport(RunConditions Conditions, string Command, IReadOnlyList<CartPoleRun> Runs);

/// <summary>One training.</summary>
/// <param name="Algorithm">ppo or dqn.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="Steps">Steps done.</param>
/// <param name="Return">Mean return of the last hundred training episodes, exploration included.</param>
/// <param name="Episodes">Episodes that ended.</param>
/// <param name="MicrosecondsPerStep">Deciding, learning and the environment.</param>
/// <param name="Curve">That mean at ten points on the way, equally far apart.</param>
internal sealed record CartPoleRun(
    string Algorithm, ulong Seed, long Steps, double Return, long Episodes, double MicrosecondsPerStep, IReadOnlyList<double> Curve);

/// <summary>Trains learners on a problem with known results.</summary>
internal static class CartPoleBench
{
    /// <summary>What can be trained.</summary>
    public static IReadOnlyList<string> Algorithms { get; } = ["ppo", "dqn"];

    /// <summary>Trains once.</summary>
    public static CartPoleRun Run(string algorithm, ulong seed, long steps, Action<string> say, CancellationToken stop)
    {
        List<double> curve = [];
        long began = Stopwatch.GetTimestamp();
        void Reached(long at, EpisodeLog episodes)
        {
            stop.ThrowIfCancellationRequested();
            for (; curve.Count < 10 && at >= steps * (curve.Count + 1) / 10;) curve.Add(episodes.RecentMean);
            say(string.Create(
                CultureInfo.InvariantCulture,
                $"{algorithm}, seed {seed}: {100 * at / steps} %, mean return of the last hundred episodes {episodes.RecentMean:0}"));
        }

        (long done, EpisodeLog log) = algorithm == "ppo" ? TrainPpo(seed, steps, Reached) : TrainDqn(seed, steps, Reached);
        return new CartPoleRun(algorithm, seed, done, log.RecentMean, log.Count, Stopwatch.GetElapsedTime(began).TotalMicroseconds / done, curve);
    }

    private static (long Steps, EpisodeLog Episodes) TrainPpo(ulong seed, long steps, Action<long, EpisodeLog> reached)
    {
        ActorCritic model = new(new ActorCriticShape { Context = 4, Actions = 2 });
        RandomStream random = RandomStream.For(seed, "parameters");
        model.Initialize(ref random);
        PpoTraining training = new([.. Enumerable.Range(0, 4).Select(e => new CartPole((seed * 4) + (ulong)e))], model, new PpoSettings(), steps, seed);
        while (training.Steps < steps)
        {
            training.Iterate();
            reached(training.Steps, training.Episodes);
        }

        return (training.Steps, training.Episodes);
    }

    private static (long Steps, EpisodeLog Episodes) TrainDqn(ulong seed, long steps, Action<long, EpisodeLog> reached)
    {
        DqnTraining training = new(new CartPole(seed), new DqnSettings { ExplorationSteps = steps / 2 }, seed);
        while (training.Steps < steps)
        {
            training.Run(Math.Min(1000, steps - training.Steps));
            reached(training.Steps, training.Episodes);
        }

        return (training.Steps, training.Episodes);
    }
}
