using System.Text.Json;
using StreamSched.Administration;
using StreamSched.Kafka.Topics;

namespace StreamSched.Tests.Administration;

public class RecordTextTests
{
    private static string Line(string topic, string json) => RecordText.Line(topic, JsonDocument.Parse(json).RootElement);

    [Fact]
    public void A_result_says_what_matters_and_leaves_out_what_is_empty() => Assert.Equal(
        "OK late cam-1 fashion = boot label 9 by edge-1 queue 1.2 ms service 3 ms batch 4 (emulated, 8 × slower) energy 2.5 mJ MODELLED",
        Line(TopicCatalogue.Results, """
            {"status":"OK","reason":null,"late":true,"device":"cam-1","task":"fashion","output":{"label":9,"labelName":"boot"},"worker":"edge-1",
             "networkMicros":0,"queueMicros":1200,"serviceMicros":3000,"batch":4,"slowdown":8.0,"energyJoules":0.0025,"energySource":"MODELLED"}
            """));

    [Fact]
    public void A_record_of_another_shape_is_shown_as_far_as_it_goes()
    {
        Assert.Equal("OK cam-1 queue soon", Line(TopicCatalogue.Results, """{"status":"OK","device":"cam-1","queueMicros":"soon","color":"red"}"""));
        Assert.Equal("", Line(TopicCatalogue.Results, """{"color":"red"}"""));
        Assert.Equal("stars 5 text fine", Line(TopicCatalogue.Feedback, """{"stars":5,"text":"fine"}"""));
    }

    [Fact]
    public void Telemetry_and_load_are_summed_up()
    {
        Assert.Equal("edge-1 READY #7 cpu: waiting 5, running 1, backlog 12 ms, 3.5 W incarnation 1", Line(TopicCatalogue.Telemetry, """
            {"worker":"edge-1","state":"READY","sequence":7,"incarnation":1,
             "processors":[{"processor":"cpu","waiting":{"a":2,"b":3},"running":{"a":1},"backlogMicros":12000,"powerWatts":3.5}]}
            """));
        Assert.Equal("s1 share 0.5 #3 edge-1/cpu: sent 2 s, open 500 ms", Line(TopicCatalogue.Load, """
            {"scheduler":"s1","share":0.5,"sequence":3,"processors":[{"worker":"edge-1","processor":"cpu","sentMicros":2000000,"finishedMicros":1500000}]}
            """));
    }

    [Fact]
    public void Bytes_are_text_where_they_are_readable_text()
    {
        Assert.Equal("Kamera 1", RecordText.Printable("Kamera 1"u8));
        Assert.Equal("00ff", RecordText.Printable([0, 255]));
        Assert.Equal("0a", RecordText.Printable("\n"u8));
        Assert.EndsWith("… (100 bytes)", RecordText.Hex(new byte[100]), StringComparison.Ordinal);
    }
}
