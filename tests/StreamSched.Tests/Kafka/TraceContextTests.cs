using System.Diagnostics;
using System.Text;
using Confluent.Kafka;
using StreamSched.Kafka;

namespace StreamSched.Tests.Kafka;

public class TraceContextTests
{
    [Fact]
    public void A_consumer_gets_the_context_that_the_producer_had()
    {
        using var activity = new Activity("send").SetIdFormat(ActivityIdFormat.W3C);
        activity.TraceStateString = "vendor=1";
        activity.ActivityTraceFlags = ActivityTraceFlags.Recorded;
        activity.Start();
        Assert.True(TraceContext.TryExtract(TraceContext.Inject(activity), out var context));
        Assert.Equal(activity.TraceId, context.TraceId);
        Assert.Equal(activity.SpanId, context.SpanId);
        Assert.Equal(ActivityTraceFlags.Recorded, context.TraceFlags);
        Assert.Equal("vendor=1", context.TraceState);
        Assert.True(context.IsRemote);
    }

    [Fact]
    public void Without_an_activity_nothing_is_sent_or_allocated()
    {
        var empty = new Headers();
        Assert.Equal(0, Allocations.Of(Run));

        void Run()
        {
            for (var i = 0; i < 1000; i++)
            {
                if (TraceContext.Inject(null) is not null || TraceContext.TryExtract(empty, out _) || TraceContext.TryExtract(null, out _)) throw new InvalidOperationException();
            }
        }
    }

    [Theory]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true)]
    [InlineData("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-comes-later", true)]
    [InlineData("", false)]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", false)]
    [InlineData("00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false)]
    [InlineData("00-00000000000000000000000000000000-b7ad6b7169203331-01", false)]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", false)]
    [InlineData("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false)]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x", false)]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0g", false)]
    public void Only_what_the_specification_allows_is_a_context(string text, bool valid) =>
        Assert.Equal(valid, TraceContext.TryExtract(new Headers { { "traceparent", Encoding.ASCII.GetBytes(text) } }, out _));

    [Fact]
    public void A_header_without_value_is_no_context() => Assert.False(TraceContext.TryExtract(new Headers { { "traceparent", null! } }, out _));
}
