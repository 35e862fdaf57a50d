using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using StreamSched.Avro;
using StreamSched.Avro.Binary;
using StreamSched.Avro.Records;
using StreamSched.Avro.Schemas;

namespace StreamSched.Tests.Avro;

/// <summary>Messages as JSON.</summary>
public class AvroJsonTests
{
    [Fact]
    public void Everything_is_shown_by_name_and_in_a_form_that_people_and_programs_read()
    {
        var result = new InferenceResult
        {
            Id = Guid.Parse("0198c0de-aaaa-7bbb-8ccc-0123456789ab"),
            Device = "Kamera \"Süd\"",
            Status = ResultStatus.Rejected,
            Reason = "deadline",
            Digest = [.. Enumerable.Range(0, 32).Select(i => (byte)i)],
            Created = 1_790_000_000_123_456,
            Deadline = long.MaxValue,
            Company = new() { ["digits-s"] = 2 },
            EnergyJoules = double.NaN,
            Slowdown = float.PositiveInfinity,
            Output = new() { Label = 3, Shape = [1, 2], Values = [0.25f, 0.5f] },
        };

        var json = Json(result.ToFramed(), int.MaxValue);

        Assert.Equal("0198c0de-aaaa-7bbb-8ccc-0123456789ab", (string?)json["id"]);
        Assert.Equal("Kamera \"Süd\"", (string?)json["device"]);
        Assert.Equal("REJECTED", (string?)json["status"]);
        Assert.Equal("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", (string?)json["digest"]);
        Assert.Equal("2026-09-21T14:13:20.123456Z", (string?)json["created"]);
        Assert.Equal(long.MaxValue, (long?)json["deadline"]);
        Assert.Equal("""{"digits-s":2}""", json["company"]!.ToJsonString());
        Assert.Equal("NaN", (string?)json["energyJoules"]);
        Assert.Equal("Infinity", (string?)json["slowdown"]);
        Assert.Null(json["worker"]);
        Assert.True(json.ContainsKey("worker"));
        Assert.Equal("""{"label":3,"labelName":null,"shape":[1,2],"values":[0.25,0.5]}""", json["output"]!.ToJsonString());
    }

    [Fact]
    public void Long_bytes_are_shortened_for_people_only()
    {
        byte[] message = new InferenceRequest { Payload = [.. Enumerable.Repeat((byte)7, 1_000)] }.ToFramed();

        Assert.Equal(Convert.ToBase64String(Enumerable.Repeat((byte)7, 1_000).ToArray()), (string?)Json(message, int.MaxValue)["payload"]);
        Assert.Equal("1000 bytes: BwcHBwcHBwcH…", (string?)Json(message, 9)["payload"]);
    }

    [Fact]
    public void Nothing_is_written_of_a_message_that_is_broken()
    {
        byte[] message = new Feedback { Device = "d" }.ToFramed();
        var output = new MemoryStream();
        using var writer = new Utf8JsonWriter(output);

        Assert.False(new AvroJson(SchemaCatalogue.Own).TryWrite(message.AsSpan(0, message.Length - 1), writer, out var fault));
        Assert.Equal(AvroFaultKind.Truncated, fault.Kind);
        Assert.Equal(0, writer.BytesPending + writer.BytesCommitted);
    }

    private static JsonObject Json(byte[] message, int maxBytesShown)
    {
        var output = new MemoryStream();
        using (var writer = new Utf8JsonWriter(output))
            Assert.True(new AvroJson(SchemaCatalogue.Own, maxBytesShown).TryWrite(message, writer, out var fault), fault.ToString());
        return JsonNode.Parse(Encoding.UTF8.GetString(output.ToArray()))!.AsObject();
    }
}
