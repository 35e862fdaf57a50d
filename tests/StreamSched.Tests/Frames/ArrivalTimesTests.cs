using StreamSched.Core.Policies;
using StreamSched.Frames;

namespace StreamSched.Tests.Frames;

public sealed class ArrivalTimesTests : IDisposable
{
    private readonly string _file = Path.Combine(Directory.CreateTempSubdirectory("streamsched-trace-").FullName, "trace.csv");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_file)!, recursive: true);

    [Fact]
    public void Fixed_times_are_evenly_spaced_behind_their_phase() =>
        Assert.Equal([0.05, 0.15, 0.25], ArrivalTimes.Fixed(10, 0.5).Take(3).Select(at => Math.Round(at, 9)));

    [Fact]
    public void Poisson_times_have_the_rate_and_come_again_with_the_seed()
    {
        double[] times = [.. ArrivalTimes.Poisson(100, new RandomStream(7)).Take(20_000)];
        Assert.Equal(times, ArrivalTimes.Poisson(100, new RandomStream(7)).Take(20_000));
        Assert.Equal(times.Order(), times);
        double[] gaps = [.. times.Zip(times.Skip(1), (a, b) => b - a)];
        double mean = gaps.Average(), deviation = Math.Sqrt(gaps.Average(gap => (gap - mean) * (gap - mean)));
        Assert.InRange(mean, 0.0097, 0.0103);        // four standard errors
        Assert.InRange(deviation / mean, 0.96, 1.04); // exponential
    }

    [Fact]
    public void A_trace_gives_its_times_whatever_stands_beside_them()
    {
        File.WriteAllText(_file, "# cameras\ndevice, time_s ,size\na,0,1\nb,0.5,2\n\nc,0.5,3\nd,12.25,4\n");
        Assert.Equal([0, 0.5, 0.5, 12.25], ArrivalTimes.Trace(_file));
    }

    [Theory]
    [InlineData("\uFEFFtime_s,app\r\n0,a\r\n0.5,b\r\n12.25,c")]
    [InlineData("\"app\",\"time_s\"\n\"a, b\",\"0\"\n\"say \"\"c\"\"\",0.5\n , 12.25 \n")]
    [InlineData("time_s\r0\r0.5\r12.25\r")]
    public void C7_What_spreadsheets_write_is_read(string text)
    {
        File.WriteAllText(_file, text, new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        Assert.Equal([0, 0.5, 12.25], ArrivalTimes.Trace(_file));
    }

    [Theory]
    [InlineData("a;time_s\n1;2\n", "(1): cells must be separated by commas")]
    [InlineData("\"a\";\"time_s\"\n1;2\n", "(1): cells must be separated by commas")]
    [InlineData("time_s\n1\n\"2\n", "(3): a quote is not closed in its line")]
    [InlineData("time_s,a\n\"1\"2,3\n", "(2): behind a closed quote there must be a comma")]
    [InlineData("", "no arrivals")]
    [InlineData("time_s\n", "no arrivals")]
    [InlineData("seconds\n1\n", "(1): the header has no column time_s")]
    [InlineData("time_s\n1\nx\n", "(3): time_s must be a number")]
    [InlineData("a,time_s\n1\n", "(2): time_s must be a number")]
    [InlineData("time_s\n-1\n", "(2): time_s must be a number")]
    [InlineData("time_s\nNaN\n", "(2): time_s must be a number")]
    [InlineData("time_s\n2\n1\n", "(3): time_s goes back")]
    public void A_bad_trace_is_refused_with_its_line(string text, string message)
    {
        File.WriteAllText(_file, text);
        Assert.Contains(message, Assert.Throws<FrameException>(() => ArrivalTimes.Trace(_file)).Message, StringComparison.Ordinal);
    }
}
