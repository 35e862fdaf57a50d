namespace StreamSched.Simulation.Worlds;

/// <summary>Sums over the answers of one variant of a worker.</summary>
internal struct AnswerSums
{
    public long Answers;
    public double Latency;
    public double Accuracy;
    public double Energy;
    public double Cost;

    public void Add(in Outcome outcome)
    {
        Answers++;
        Latency += outcome.LatencySeconds;
        Accuracy += outcome.Accuracy;
        Energy += outcome.EnergyJoules;
        Cost += outcome.Cost;
    }

    public void Add(in AnswerSums other)
    {
        Answers += other.Answers;
        Latency += other.Latency;
        Accuracy += other.Accuracy;
        Energy += other.Energy;
        Cost += other.Cost;
    }
}
