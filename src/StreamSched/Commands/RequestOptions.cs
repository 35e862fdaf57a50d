using System.CommandLine;
using System.Globalization;
using StreamSched.Avro.Records;
using StreamSched.Hosting;

namespace StreamSched.Commands;

/// <summary>What <c>device</c> and <c>send</c> share: how frames are read and what a request asks for.</summary>
internal sealed class RequestOptions
{
    /// <summary>The least and the most that schedulers accept as a deadline.</summary>
    internal static readonly TimeSpan LeastDeadline = TimeSpan.FromMicroseconds(1), MostDeadline = TimeSpan.FromHours(1);

    private readonly Option<string> _task = new Option<string>("--task")
    {
        Description = "What is asked, such as fashion: only models of this task can answer.", Required = true,
    }.OfNames();
    private readonly Option<string> _user = new Option<string>("--user") { Description = "On whose behalf; selects that user's settings." }.OfNames();
    private readonly Option<string> _site = new Option<string>("--site") { Description = "Where the device is attached.", DefaultValueFactory = _ => "" }
        .OfNames(mayBeEmpty: true);
    private readonly Option<string> _labels = new("--labels")
    {
        Description = "File of the true classes (idx1). Default: the one beside the images, if there is one.",
    };
    private readonly Option<string> _encoding = new Option<string>("--encoding")
    {
        Description = "What is in files whose names do not say (.f32, .grey, .rgb, .png, .jpg): tensor (little-endian float32), grey8, rgb8, png or jpeg. "
            + "The last two make images of raw frames.",
    }.Checked((text, _) => Encoding(text));
    private readonly Option<string> _shape = new Option<string>("--shape")
    {
        Description = "Of raw files, without the batch, such as 1x28x28. Default: the model's own.",
    }.Checked((text, _) => Shape(text));

    /// <summary>Adds the options to a command.</summary>
    public Command AddTo(Command command)
    {
        foreach (Option option in (Option[])[_task, _user, _site, _labels, _encoding, _shape]) command.Options.Add(option);
        return command;
    }

    /// <summary>The task.</summary>
    public string Task(CommandContext context) => context.Value(_task)!;

    /// <summary>The user.</summary>
    public string? User(CommandContext context) => context.Value(_user);

    /// <summary>The site.</summary>
    public string Site(CommandContext context) => context.Value(_site)!;

    /// <summary>The frames of a file or folder.</summary>
    public IReadOnlyList<Frames.Frame> Frames(CommandContext context, string path) =>
        StreamSched.Frames.FrameSet.Read(path, context.Value(_labels), Encoding(context.Value(_encoding)), Shape(context.Value(_shape)));

    /// <summary>An encoding by its name.</summary>
    /// <exception cref="UsageException">There is none of this name.</exception>
    public static PayloadEncoding? Encoding(string? text) => text?.ToLowerInvariant() switch
    {
        null => null,
        "tensor" => PayloadEncoding.Tensor,
        "grey8" or "gray8" => PayloadEncoding.Grey8,
        "rgb8" => PayloadEncoding.Rgb8,
        "png" => PayloadEncoding.Png,
        "jpeg" or "jpg" => PayloadEncoding.Jpeg,
        _ => throw new UsageException($"--encoding: there is no '{text}'; there are tensor, grey8, rgb8, png and jpeg"),
    };

    private static int[]? Shape(string? text)
    {
        if (text is null) return null;
        List<int> shape = [];
        foreach (string part in text.Split('x', ','))
            shape.Add(int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int size) && size > 0
                ? size : throw new UsageException($"--shape: '{text}' is no shape such as 1x28x28"));
        return [.. shape];
    }
}
