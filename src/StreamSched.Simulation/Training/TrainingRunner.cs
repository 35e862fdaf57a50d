using System.Globalization;
using System.Text;
using StreamSched.Core.OnlineLearning;
using StreamSched.Core.PolicyFiles;
using StreamSched.Core.Registry;
using StreamSched.Documents;

namespace StreamSched.Simulation.Training;

/// <summary>Runs a training to its time, with checkpoints and a learning curve; whatever ends it, the policy file is written as it stands.</summary>
public static class TrainingRunner
{
    private const long MostOfCurve = 1 << 30;

    /// <summary>Runs a training.</summary>
    /// <param name="trainer">What is trained.</param>
    /// <param name="plan">In which worlds.</param>
    /// <param name="settings">How long, and where to.</param>
    /// <param name="time">Clock.</param>
    /// <param name="progress">Told after every step; may be null.</param>
    /// <param name="stop">Ends it early; what it has by then is kept.</param>
    /// <returns>How far it came.</returns>
    /// <exception cref="CheckpointException">The checkpoint to resume from is damaged, or of another training.</exception>
    /// <exception cref="IOException">There is no checkpoint to resume from, or a file cannot be written.</exception>
    public static TrainingProgress Run(
        IPolicyTrainer trainer, TrainingPlan plan, TrainingSettings settings, TimeProvider time, IProgress<TrainingProgress>? progress = null,
        CancellationToken stop = default)
    {
        IPolicyTraining training = trainer.Start(plan);
        string checkpointPath = settings.Out + ".checkpoint", curvePath = settings.Out + ".csv", identity = Identity(trainer, plan);
        long steps = 0;
        int version = File.Exists(settings.Out) ? LoadedPolicy.Load(settings.Out).Metadata.Version + 1 : 1;
        List<string> curve = [];
        if (settings.Resume)
        {
            Checkpoint checkpoint = Checkpoint.Load(checkpointPath);
            string from = Encoding.UTF8.GetString(checkpoint.Get<byte>("training"));
            if (from != identity) throw new CheckpointException($"'{checkpointPath}' is of another training: {from}; this one is: {identity}");
            training.Load(checkpoint);
            (steps, version) = ((long)checkpoint.GetUInt64("steps"), (int)checkpoint.GetUInt64("version"));

            // Steps after the last checkpoint are done again, and stand in the curve once.
            if (File.Exists(curvePath)) curve.AddRange(UserFile.ReadLines(curvePath, MostOfCurve).Take((int)steps + 1));
        }

        File.WriteAllLines(curvePath, curve);
        long began = time.GetTimestamp(), saved = began;
        TrainingProgress last = new(steps, settings.Duration, []);
        try
        {
            while (steps < settings.MaxSteps && time.GetElapsedTime(began) < settings.Duration)
            {
                stop.ThrowIfCancellationRequested();
                IReadOnlyList<(string Name, double Value)> point = training.Advance(stop);
                steps++;
                TimeSpan passed = time.GetElapsedTime(began);
                last = new TrainingProgress(steps, passed < settings.Duration ? settings.Duration - passed : TimeSpan.Zero, point);
                if (curve.Count == 0) Append("step," + string.Join(',', point.Select(p => p.Name)));
                Append(steps.ToString(CultureInfo.InvariantCulture) + ","
                    + string.Join(',', point.Select(p => p.Value.ToString("g6", CultureInfo.InvariantCulture))));
                progress?.Report(last);
                if (time.GetElapsedTime(saved) < settings.CheckpointPeriod) continue;
                SaveCheckpoint();
                saved = time.GetTimestamp();
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // What there is by now is kept.
        }

        SaveCheckpoint();
        byte[] bytes = training.File(new PolicyMetadata
        {
            Name = trainer.Kind, Version = version, Scenarios = [.. plan.Scenarios.Select(s => s.Name)], Seeds = [plan.Seed],
            Figures = new Dictionary<string, double> { ["steps"] = steps }, Notes = settings.Notes,
        });
        UserFile.Replace(settings.Out, bytes);
        return last with { Steps = steps };

        void Append(string line)
        {
            curve.Add(line);
            File.AppendAllLines(curvePath, [line]);
        }

        void SaveCheckpoint()
        {
            Checkpoint checkpoint = new();
            training.Save(checkpoint);
            checkpoint.Set("training", Encoding.UTF8.GetBytes(identity));
            checkpoint.Set("steps", (ulong)steps);
            checkpoint.Set("version", (ulong)version);
            checkpoint.Save(checkpointPath);
        }
    }

    private static string Identity(IPolicyTrainer trainer, TrainingPlan plan) => string.Create(
        CultureInfo.InvariantCulture,
        $"{trainer.Kind} in {string.Join(", ", plan.Scenarios.Select(s => s.Name))}, seed {plan.Seed}, {plan.RequestsPerWorld} requests a world");
}
