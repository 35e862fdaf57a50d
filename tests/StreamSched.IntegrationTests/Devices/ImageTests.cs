using System.Buffers.Binary;
using System.Text.Json;
using StreamSched.Avro.Records;
using StreamSched.Client;
using StreamSched.Frames;
using StreamSched.IntegrationTests.Commands;
using StreamSched.Tests;
using StreamSched.Tests.Onnx;
using StreamSched.Workers;

namespace StreamSched.IntegrationTests.Devices;

/// <summary>Image files from devices through Kafka to a worker that decodes them, and the answers back.</summary>
public class ImageTests(BrokerFixture brokers)
{
    private const int Height = 24, Width = 32, Frames = 200;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Theory]
    [MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task C4_Png_and_jpeg_are_answered_as_raw_frames_are_by_models_with_channels_first_and_last(string broker)
    {
        using OwnModels models = Models();
        await using Installation installation = await Installation.StartAsync(await brokers.ConnectAsync(broker), null, Worker(models));
        await using DeviceClient client = await installation.DeviceAsync();
        await client.PrepareAsync(["cam-1"]);

        IReadOnlyList<Frame> raw = [.. EndToEndTests.Frames("fashion-2000").Take(Frames)];
        Answer[] pixels = await AskAsync(client, "fashion", raw);
        Answer[] png = await AskAsync(client, "fashion", [.. raw.Select(frame => ImageEncoder.Encode(frame, PayloadEncoding.Png, ""))]);
        Answer[] jpeg = await AskAsync(client, "fashion", [.. raw.Select(frame => ImageEncoder.Encode(frame, PayloadEncoding.Jpeg, ""))]);
        Assert.All([.. pixels, .. png, .. jpeg], AssertOk);
        for (int i = 0; i < Frames; i++)
        {
            Assert.Equal(pixels[i].Label, png[i].Label); // nothing is lost
            foreach ((float one, float other) in pixels[i].Result!.Output!.Values.Zip(png[i].Result!.Output!.Values)) Assert.Equal(one, other, 1e-4f);
        }

        Assert.InRange(jpeg.Zip(pixels).Count(pair => pair.First.Label == pair.Second.Label), 0.95 * Frames, Frames);

        // A colour per frame: the class of a frame is its strongest channel, however the frame comes and wherever the model has its channels.
        foreach (string task in (string[])["channels-last", "channels-first"])
        {
            for (int colour = 0; colour < 3; colour++)
            {
                byte[] rgb = Colour(colour);
                Frame[] frames =
                [
                    new(rgb, PayloadEncoding.Rgb8, [Height, Width, 3], colour), new(rgb, PayloadEncoding.Rgb8, [3, Height, Width], colour),
                    new(rgb, PayloadEncoding.Rgb8, [], colour),
                    new(Png.Write(rgb, Width, Height, 3), PayloadEncoding.Png, [], colour),
                    ImageEncoder.Encode(new(rgb, PayloadEncoding.Rgb8, [Height, Width, 3], colour), PayloadEncoding.Jpeg, ""),
                ];
                Assert.All(await AskAsync(client, task, frames), answer => AssertClass(colour, answer));
            }
        }
    }

    [Theory]
    [MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task C4_Images_that_are_bombs_or_damaged_are_refused_with_their_reason_and_those_beside_them_are_answered(string broker)
    {
        using OwnModels models = Models();
        await using Installation installation = await Installation.StartAsync(await brokers.ConnectAsync(broker), null, Worker(models));
        await using DeviceClient client = await installation.DeviceAsync();
        await client.PrepareAsync(["cam-1"]);
        byte[] rgb = Colour(1), png = Png.Write(rgb, Width, Height, 3);
        byte[] jpeg = ImageEncoder.Encode(new(rgb, PayloadEncoding.Rgb8, [Height, Width, 3], null), PayloadEncoding.Jpeg, "").Payload;
        byte[] scans = [.. Enumerable.Repeat<byte[]>([0xFF, 0xDA], 100).SelectMany(pair => pair)];
        (byte[] Image, PayloadEncoding Encoding, string Reason)[] bad =
        [
            (Png.Bomb(30_000, 30_000, 1 << 20), PayloadEncoding.Png, "shape"), // says that it has 2.7 GB
            (Png.Bomb(Width, Height, 64 << 20), PayloadEncoding.Png, "encoding"), // says that it is small, and inflates to 64 MiB
            (Resized(jpeg, 65_500, 65_500), PayloadEncoding.Jpeg, "shape"),
            ([.. jpeg[..2], 0xFF, 0xFE, 0, 202, .. scans, .. jpeg[2..]], PayloadEncoding.Jpeg, "encoding"), // a comment like a hundred scans
            (Png.Write(rgb, Height, Width, 3), PayloadEncoding.Png, "shape"), // across
            (png[..(png.Length / 2)], PayloadEncoding.Png, "encoding"), (jpeg[..10], PayloadEncoding.Jpeg, "encoding"),
            (png, PayloadEncoding.Jpeg, "encoding"), (jpeg, PayloadEncoding.Png, "encoding"), ("GIF89a"u8.ToArray(), PayloadEncoding.Png, "encoding"),
            ([0], PayloadEncoding.Jpeg, "encoding"),
        ];

        List<Task<Answer>> refused = [], good = [];
        foreach ((byte[] image, PayloadEncoding encoding, _) in bad)
        {
            refused.Add(client.AskAsync(EndToEndTests.Request("cam-1", "channels-last", new Frame(image, encoding, [], null))));
            good.Add(client.AskAsync(EndToEndTests.Request("cam-1", "channels-last", new Frame(png, PayloadEncoding.Png, [], null))));
            good.Add(client.AskAsync(EndToEndTests.Request("cam-1", "channels-last", new Frame(jpeg, PayloadEncoding.Jpeg, [], null))));
        }

        Answer[] answers = await Task.WhenAll(refused).WaitAsync(Limit);
        Assert.Equal(bad.Select(one => (AnswerStatus.Failed, (string?)one.Reason)), answers.Select(answer => (answer.Status, answer.Reason)));
        Assert.All(await Task.WhenAll(good).WaitAsync(Limit), answer => AssertClass(1, answer));
        Assert.Empty(installation.Workers[0].Conditions.InForce); // a device's own faults are no worker's
        Assert.Empty(installation.Scheduler.Conditions.InForce);
    }

    [Fact]
    public async Task C4_Device_and_send_make_image_files_of_raw_frames_and_send_those_of_a_folder()
    {
        using OwnModels models = Models();
        await using Installation installation = await Installation.StartAsync(await brokers.ConnectAsync("embedded"), null, Worker(models));
        string frames = Checkout.Path("models", "frames", "fashion-2000-images-idx3-ubyte.gz");
        foreach (string encoding in (string[])["png", "jpeg"])
        {
            Cli device = await Cli.RunAsync(
                installation.Broker, "device", "--id", "cam", "--task", "fashion", "--frames", frames, "--encoding", encoding, "--rate", "200",
                "--count", "200", "--deadline", "20s", "--json");
            Assert.True(device.ExitCode == 0, device.Output + device.Error);
            Assert.Equal((200, 200, 200),
                (device.Json.GetProperty("sent").GetInt32(), device.Json.GetProperty("ok").GetInt32(), device.Json.GetProperty("labelled").GetInt32()));
            Assert.InRange(device.Json.GetProperty("accuracy").GetDouble(), 0.86, 1); // 0.927 by the manifest, less four standard errors

            Cli send = await Cli.RunAsync(installation.Broker, "send", frames + "#0", "--task", "fashion", "--encoding", encoding, "--deadline", "20s",
                "--json");
            Assert.True(send.ExitCode == 0, send.Output + send.Error);
            Assert.Equal("OK", send.Json.GetProperty("status").GetString());
        }

        string folder = Directory.CreateTempSubdirectory("streamsched-images-").FullName;
        try
        {
            WriteImages(folder);
            Cli played = await Cli.RunAsync(
                installation.Broker, "device", "--id", "cam", "--task", "channels-last", "--frames", folder, "--rate", "100", "--count", "30",
                "--deadline", "20s", "--json");
            Assert.True(played.ExitCode == 0, played.Output + played.Error);
            Assert.Equal(30, played.Json.GetProperty("ok").GetInt32());
            Cli tensor = await Cli.RunAsync(installation.Broker, "send", Path.Combine(folder, "0.png"), "--task", "fashion", "--deadline", "20s", "--json");
            Assert.Equal((1, "FAILED", "shape"),
                (tensor.ExitCode, tensor.Json.GetProperty("status").GetString(), tensor.Json.GetProperty("reason").GetString()));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("png")]
    [InlineData("jpeg")]
    public async Task C4_The_demo_sends_image_files(string encoding)
    {
        Cli demo = await Cli.RunAsync(CancellationToken.None, "demo", "--encoding", encoding, "--seconds", "2", "--policy", "price", "--json");
        Assert.True(demo.ExitCode == 0, demo.Output + demo.Error);
        JsonElement report = Assert.Single(demo.Json.EnumerateArray());
        Assert.InRange(report.GetProperty("sent").GetInt64(), 50, long.MaxValue);
        Assert.Equal(0, report.GetProperty("failed").GetInt64());
        Assert.InRange(report.GetProperty("accuracy").GetDouble(), 0.6, 1); // whatever variants it took
    }

    [Fact]
    public async Task C4_The_sample_in_Python_sends_image_files()
    {
        Components.Require("python");
        using OwnModels models = Models();
        await using Installation installation = await Installation.StartAsync(await brokers.ConnectAsync("real"), null, Worker(models));
        string folder = Directory.CreateTempSubdirectory("streamsched-images-").FullName;
        try
        {
            WriteImages(folder);
            (int code, string output, string error) = await PythonSampleTests.SendAsync(installation, "--task", "channels-last", "--images", folder,
                "--count", "30");
            Assert.True(code == 0, output + error);
            Assert.Equal("""{"OK": 30}""", JsonDocument.Parse(output).RootElement.GetProperty("statuses").GetRawText());
            (code, output, error) = await PythonSampleTests.SendAsync(installation, "--task", "channels-first", "--images", Path.Combine(folder, "1.jpeg"),
                "--count", "5");
            Assert.True(code == 0, output + error);
            Assert.Equal("""{"OK": 5}""", JsonDocument.Parse(output).RootElement.GetProperty("statuses").GetRawText());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static OwnModels Models()
    {
        OwnModels models = new("fashion-m");
        models.Write("last", OnnxFile.ChannelMeansNhwc(Height, Width), OnnxFile.Manifest([Height, Width, 3], "image", "logits", "logits", classes: 3),
            "channels-last");
        models.Write("first", OnnxFile.ChannelMeansNchw(Height, Width), OnnxFile.Manifest([3, Height, Width], "image", "logits", "logits", classes: 3),
            "channels-first");
        return models;
    }

    private static WorkerSettings Worker(OwnModels models) => Installation.Worker("w") with { Models = models.Path };

    // Three colours as PNG and as JPEG.
    private static void WriteImages(string folder)
    {
        for (int colour = 0; colour < 3; colour++)
        {
            byte[] rgb = Colour(colour);
            File.WriteAllBytes(Path.Combine(folder, $"{colour}.png"), Png.Write(rgb, Width, Height, 3));
            File.WriteAllBytes(Path.Combine(folder, $"{colour}.jpeg"),
                ImageEncoder.Encode(new(rgb, PayloadEncoding.Rgb8, [Height, Width, 3], null), PayloadEncoding.Jpeg, "").Payload);
        }
    }

    private static byte[] Colour(int channel) => [.. Enumerable.Range(0, Height * Width * 3).Select(i => (byte)(i % 3 == channel ? 220 : 40 + (i / 3 % 20)))];

    /// <summary>The same JPEG with another height and width in its frame's header.</summary>
    private static byte[] Resized(byte[] jpeg, ushort height, ushort width)
    {
        byte[] bytes = [.. jpeg];
        int at = bytes.AsSpan().IndexOf<byte>([0xFF, 0xC0]);
        Assert.True(at > 0);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(at + 5), height);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(at + 7), width);
        return bytes;
    }

    private static Task<Answer[]> AskAsync(DeviceClient client, string task, IReadOnlyList<Frame> frames) =>
        Task.WhenAll(frames.Select(frame => client.AskAsync(EndToEndTests.Request("cam-1", task, frame)))).WaitAsync(Limit);

    private static void AssertOk(Answer answer) => Assert.Equal((AnswerStatus.Ok, null), (answer.Status, answer.Reason));

    private static void AssertClass(int label, Answer answer) =>
        Assert.Equal((AnswerStatus.Ok, (string?)null, (int?)label), (answer.Status, answer.Reason, answer.Label));
}
