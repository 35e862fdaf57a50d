using Microsoft.Extensions.Time.Testing;
using StreamSched.Hosting;

namespace StreamSched.Tests.Hosting;

/// <summary>How something long is told of where every line stays.</summary>
public class ProgressLineTests
{
    [Fact]
    public void C7_In_a_file_what_has_not_changed_is_not_said_again_and_what_goes_on_for_long_less_and_less_often()
    {
        FakeTimeProvider time = new();
        using StringWriter error = new();
        using (ProgressLine line = new(error, terminal: false, time))
        {
            for (int i = 0; i < 1600; i++)
            {
                time.Advance(TimeSpan.FromMilliseconds(250));
                line.Say("measuring 6 models");
            }

            Assert.Equal("measuring 6 models\n", error.ToString().ReplaceLineEndings("\n"));
            for (int i = 0; i < 4 * 3600; i++)
            {
                time.Advance(TimeSpan.FromMilliseconds(250));
                line.Say($"{i} of 14400");
            }
        }

        Assert.InRange(error.ToString().Split('\n').Length, 10, 30); // an hour
    }

    [Fact]
    public void C5_A_name_in_it_moves_no_cursor()
    {
        FakeTimeProvider time = new();
        using StringWriter error = new();
        using ProgressLine line = new(error, terminal: false, time);
        time.Advance(TimeSpan.FromSeconds(2));
        line.Say("a\e[2Jb");
        Assert.Equal("a\\u001b[2Jb", error.ToString().TrimEnd());
    }
}
