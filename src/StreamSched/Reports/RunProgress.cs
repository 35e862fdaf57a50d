using StreamSched.Hosting;

namespace StreamSched.Reports;

/// <summary>How many runs of how many are done, and how long the others will take.</summary>
internal sealed class RunProgress(ProgressLine line, TimeProvider time) : IProgress<(int Done, int All)>
{
    private readonly long _began = time.GetTimestamp();
    private readonly Lock _lock = new();

    public void Report((int Done, int All) value)
    {
        TimeSpan passed = time.GetElapsedTime(_began), left = passed * ((value.All - value.Done) / (double)value.Done);
        lock (_lock)
            line.Say(FormattableString.Invariant($"{value.Done} of {value.All} runs, {passed.TotalSeconds:F0} s, about {left.TotalSeconds:F0} s left"));
    }
}
