using System.Text.Json;
using StreamSched.Administration;
using StreamSched.Hosting;

namespace StreamSched.Tests.Administration;

public class RecordFilterTests
{
    private static readonly JsonElement Record = JsonDocument.Parse(
        """{"device":"cam-1","late":true,"attempt":2,"output":{"label":7},"worker":null}""").RootElement;

    [Theory]
    [InlineData("device=cam-1", true)]
    [InlineData("device=cam-2", false)]
    [InlineData("late=true", true)]
    [InlineData("attempt=2", true)]
    [InlineData("output.label=7", true)]
    [InlineData("output.label.x=7", false)]
    [InlineData("worker=", false)]
    [InlineData("nothing=", false)]
    [InlineData("id=k", true)]
    public void A_record_passes_if_the_field_has_the_value_or_the_key_stands_for_it(string filter, bool passes) =>
        Assert.Equal(passes, new RecordFilter([filter]).Matches(Record, "id", "k"));

    [Fact]
    public void All_must_hold() => Assert.False(new RecordFilter(["device=cam-1", "attempt=1"]).Matches(Record, null, ""));

    [Fact]
    public void What_cannot_be_shown_passes_by_its_key_alone()
    {
        Assert.True(new RecordFilter(["id=k"]).Matches(null, "id", "k"));
        Assert.False(new RecordFilter(["device=cam-1"]).Matches(null, "id", "k"));
    }

    [Theory]
    [InlineData("device")]
    [InlineData("=x")]
    public void Another_form_is_refused(string filter) => Assert.Throws<UsageException>(() => new RecordFilter([filter]));
}
