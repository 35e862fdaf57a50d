using Microsoft.Extensions.Time.Testing;
using StreamSched.Onnx.Catalogue;

namespace StreamSched.Tests.Onnx;

public class FolderWatchTests
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task A_folder_is_due_once_it_has_been_quiet()
    {
        using var folder = new ModelFolder();
        var time = new FakeTimeProvider();
        using var watch = new FolderWatch(folder.Path, Quiet, Period, time);
        var next = watch.NextAsync(default);
        for (var i = 0; i < 5; i++)
        {
            watch.Notice();
            time.Advance(TimeSpan.FromMilliseconds(400));
        }

        Assert.False(next.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(100));
        await next.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task B8_A_folder_that_never_is_quiet_is_due_every_period()
    {
        using var folder = new ModelFolder();
        var time = new FakeTimeProvider();
        using var watch = new FolderWatch(folder.Path, Quiet, Period, time);
        var next = watch.NextAsync(default);
        for (var i = 0; i < 25; i++)
        {
            Assert.False(next.IsCompleted);
            watch.Notice();
            time.Advance(TimeSpan.FromMilliseconds(400));
        }

        await next.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_folder_is_due_every_period_without_any_notice()
    {
        using var folder = new ModelFolder();
        var time = new FakeTimeProvider();
        using var watch = new FolderWatch(folder.Path, Quiet, Period, time);
        for (var i = 0; i < 3; i++)
        {
            var next = watch.NextAsync(default);
            time.Advance(Period - TimeSpan.FromMilliseconds(1));
            Assert.False(next.IsCompleted);
            time.Advance(TimeSpan.FromMilliseconds(1));
            await next.WaitAsync(TimeSpan.FromSeconds(30));
        }
    }
}
