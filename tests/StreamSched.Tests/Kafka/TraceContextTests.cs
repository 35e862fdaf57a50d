using System.Diagnostics;
using System.Text;
using Confluent.Kafka;
using StreamSched.Kafka.Diagnostics;

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

    [Theory]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "vendor=1,other=2", null)]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "vendor=1", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b8-01")]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", null, null)]
    public void C6_What_follows_from_a_record_carries_its_parent_or_the_new_span_and_its_state(string parent, string? state, string? span)
    {
        Headers headers = new() { { "traceparent", Encoding.ASCII.GetBytes(parent) } };
        if (state is not null) headers.Add("tracestate", Encoding.ASCII.GetBytes(state));
        byte[] packed = new byte[TraceContext.PackedLength];
        int length = TraceContext.Pack(headers, span, packed);
        Headers next = TraceContext.Unpack(packed.AsSpan(0, length))!;
        Assert.Equal(span ?? parent, Encoding.ASCII.GetString(next.GetLastBytes("traceparent")));
        Assert.Equal(state, next.TryGetLastBytes("tracestate", out byte[] carried) ? Encoding.ASCII.GetString(carried) : null);
    }

    [Fact]
    public void C6_A_state_without_a_parent_is_none_and_a_long_one_is_cut_between_entries()
    {
        byte[] packed = new byte[TraceContext.PackedLength];
        Assert.Equal(0, TraceContext.Pack(new Headers { { "tracestate", "vendor=1"u8.ToArray() } }, null, packed));
        Assert.Null(TraceContext.Unpack(default));

        string state = string.Join(',', Enumerable.Range(0, 32).Select(i => $"vendor{i:00}=0123456789")); // 19 bytes each, with the comma 20
        Headers headers = new()
        {
            { "traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"u8.ToArray() }, { "tracestate", Encoding.ASCII.GetBytes(state) },
        };
        int length = TraceContext.Pack(headers, null, packed);
        string kept = Encoding.ASCII.GetString(TraceContext.StateOf(packed.AsSpan(0, length)));
        Assert.InRange(kept.Length, 480, 512);
        Assert.StartsWith(kept + ",", state, StringComparison.Ordinal);
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
                if (TraceContext.Inject(null) is not null || TraceContext.TryExtract(empty, out _) || TraceContext.TryExtract(null, out _))
                    throw new InvalidOperationException();
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
