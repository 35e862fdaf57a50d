using StreamSched.Avro.Records;
using StreamSched.Core.Requests;

namespace StreamSched.Analysis.Twins;

/// <summary>A request as a log shows it. Times in µs, instants since 1970.</summary>
internal sealed class ObservedRequest
{
    /// <summary>What is asked.</summary>
    public string Task { get; set; } = "";

    /// <summary>Where the device is.</summary>
    public string Site { get; set; } = "";

    /// <summary>When it was made, by the device.</summary>
    public long Created { get; set; }

    /// <summary>From then to its deadline; 0: not known.</summary>
    public long Deadline { get; set; }

    /// <summary>The least accuracy that it asks for; 0: none, or not known.</summary>
    public float MinAccuracy { get; set; }

    /// <summary>What an answer counts.</summary>
    public float Weight { get; set; } = 1;

    /// <summary>Size of the frame; 0: not known.</summary>
    public int Bytes { get; set; }

    /// <summary>Whether its own record was read.</summary>
    public bool IsAsked { get; set; }

    /// <summary>When it was decided on first; 0: its decision was not read.</summary>
    public long Decided { get; set; }

    /// <summary>Who decided last.</summary>
    public string Scheduler { get; set; } = "";

    /// <summary>How often it was decided on.</summary>
    public int Attempts { get; set; }

    /// <summary>What the scheduler thought that the way to the worker takes, in the last decision; NaN: nothing.</summary>
    public double PredictedOut { get; set; } = double.NaN;

    /// <summary>And the way back.</summary>
    public double PredictedBack { get; set; } = double.NaN;

    /// <summary>How it ended; null: its result was not read.</summary>
    public ResultStatus? Status { get; set; }

    /// <summary>Why it was not answered; empty: it was.</summary>
    public string Reason { get; set; } = "";

    /// <summary>Whether the writer of the result thinks that it came too late.</summary>
    public bool Late { get; set; }

    /// <summary>Who answered; empty: nobody.</summary>
    public string Worker { get; set; } = "";

    /// <summary>On which processor.</summary>
    public string Processor { get; set; } = "";

    /// <summary>With which variant.</summary>
    public string Variant { get; set; } = "";

    /// <summary>When the result was written.</summary>
    public long Finished { get; set; }

    /// <summary>From the scheduler to the worker.</summary>
    public long Out { get; set; }

    /// <summary>Waiting there.</summary>
    public long Queue { get; set; }

    /// <summary>The run.</summary>
    public long Service { get; set; }

    /// <summary>How many ran together; 0: nothing ran.</summary>
    public int Batch { get; set; }

    /// <summary>How many other batches ran on the machine when it started.</summary>
    public int Company { get; set; }

    /// <summary>Its share of the energy.</summary>
    public double Joules { get; set; }

    /// <summary>The variant's accuracy by its manifest.</summary>
    public float Accuracy { get; set; }

    /// <summary>The class that was answered; null: none.</summary>
    public int? Output { get; set; }

    /// <summary>The true class; null: nobody told.</summary>
    public int? Label { get; set; }

    /// <summary>When the device held the answer, by its own word; null: it did not say.</summary>
    public long? Received { get; set; }

    /// <summary>Whether the device says that it came in time; null: it did not say.</summary>
    public bool? OnTime { get; set; }

    /// <summary>Whether it was refused for what it is, by whoever read it first: no world has such requests.</summary>
    public bool IsInvalid => Reason.StartsWith(AnswerReason.Invalid, StringComparison.Ordinal)
        || Reason is AnswerReason.Shape or AnswerReason.Encoding or AnswerReason.NotFinite or AnswerReason.TooLarge;

    /// <summary>Whether it was answered, perhaps late.</summary>
    public bool IsAnswered => Status == ResultStatus.Ok;

    /// <summary>Whether it was answered in time: by the device's word, by when it says that it had the answer, or as the writer thought.</summary>
    public bool IsOnTime => IsAnswered && (OnTime ?? (Received is { } received ? received - Created <= Deadline : !Late));

    /// <summary>From its making until the device held the answer, in seconds; where the device does not say when, the predicted way back counts.</summary>
    public double Latency =>
        1e-6 * (Received is { } received && received >= Created ? received - Created : Finished - Created + (double.IsNaN(PredictedBack) ? 0 : PredictedBack));

    /// <summary>Whether the answer is right; where nobody told, how likely it is by the manifest.</summary>
    public double Right => Label is { } label && Output is { } output ? label == output ? 1 : 0 : Accuracy;
}
