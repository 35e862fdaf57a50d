using StreamSched.Hosting;

namespace StreamSched.Tests.Hosting;

public class TerminationTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task B2_A_command_that_does_not_end_is_ended_after_its_drain_time_and_the_margin()
    {
        TaskCompletionSource<TimeSpan> given = new();
        using Termination termination = new(given.SetResult, TimeSpan.FromMilliseconds(50)) { DrainTime = TimeSpan.FromMilliseconds(100) };
        termination.Ask();
        Assert.True(termination.Stop.IsCancellationRequested);
        Assert.Equal(TimeSpan.FromMilliseconds(150), await given.Task.WaitAsync(Limit));
    }

    [Fact]
    public async Task B2_Whatever_is_called_back_when_it_is_asked_to_end_does_not_hold_up_the_end()
    {
        TaskCompletionSource<TimeSpan> given = new();
        using ManualResetEventSlim never = new();
        using Termination termination = new(given.SetResult, TimeSpan.FromMilliseconds(50));
        using CancellationTokenRegistration blocked = termination.Stop.Register(() => never.Wait(Limit));
        Task asking = Task.Factory.StartNew(termination.Ask, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await given.Task.WaitAsync(Limit);
        Assert.False(asking.IsCompleted);
        never.Set();
        await asking;
    }

    [Fact]
    public void B2_A_command_that_ends_in_time_is_left_alone()
    {
        bool given = false;
        Termination termination = new(_ => given = true, TimeSpan.Zero) { DrainTime = TimeSpan.FromHours(1) };
        termination.Ask();
        termination.Dispose();
        Assert.True(termination.HasEnded(Limit));
        Assert.False(given);
    }
}
