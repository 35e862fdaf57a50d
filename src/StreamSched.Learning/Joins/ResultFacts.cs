using StreamSched.Core.Policies;

namespace StreamSched.Learning.Joins;

/// <summary>How a request ended.</summary>
public enum ResultOutcome
{
    /// <summary>Answered, perhaps late.</summary>
    Ok,

    /// <summary>Refused at once.</summary>
    Rejected,

    /// <summary>Not answered in time.</summary>
    Expired,

    /// <summary>Inference went wrong.</summary>
    Failed,
}

/// <summary>What came of a request, as its result tells it.</summary>
public readonly record struct ResultFacts
{
    /// <summary>How it ended.</summary>
    public required ResultOutcome Outcome { get; init; }

    /// <summary>Why it is not answered; null: it is.</summary>
    public string? Reason { get; init; }

    /// <summary>The device's site; null: not told.</summary>
    public string? Site { get; init; }

    /// <summary>Whether the writer thinks that the answer reached the device in time.</summary>
    public bool OnTime { get; init; }

    /// <summary>From created to the deadline, µs.</summary>
    public long DeadlineMicros { get; init; }

    /// <summary>From created until the result was written, µs.</summary>
    public long LatencyMicros { get; init; }

    /// <summary>When the request was created, µs since 1970.</summary>
    public long Created { get; init; }

    /// <summary>Time of the whole batch, µs.</summary>
    public long ServiceMicros { get; init; }

    /// <summary>How many requests ran together; 0: none ran.</summary>
    public int Batch { get; init; }

    /// <summary>Accuracy of the variant by its manifest, 0..1.</summary>
    public float Accuracy { get; init; }

    /// <summary>The request's share of the energy, in joules.</summary>
    public double EnergyJoules { get; init; }

    /// <summary>What it cost, in the settings' currency.</summary>
    public double Money { get; init; }

    /// <summary>The class that was answered; null: none was.</summary>
    public int? Output { get; init; }

    /// <summary>Why nothing is to be learned from it; null: something is.</summary>
    public string? SkipLearn { get; init; }

    /// <summary>What it was worth, by the one definition of <see cref="ValueWeights"/>.</summary>
    /// <param name="value">What outcomes are worth.</param>
    /// <param name="weight">The request's weight.</param>
    /// <param name="feedback">What the device said of it: its word on when the answer came goes before the writer's, and an answer with a label is as
    /// accurate as it was right.</param>
    public double Utility(ValueWeights value, float weight, FeedbackFacts feedback)
    {
        float accuracy = IsCorrect(feedback) is { } correct ? (correct ? 1 : 0) : Accuracy;
        double late = DeadlineMicros > 0 ? (double)LatencyOf(feedback) / DeadlineMicros : 0;
        bool ran = Outcome == ResultOutcome.Ok || Batch > 0;
        return (IsOnTime(feedback) ? value.Answer(accuracy, weight) : 0)
            - value.Costs((float)EnergyJoules, ran ? (float)late : 0, (float)Money);
    }

    /// <summary>Whether the device had its answer in time: by its own word, by when it says that it had it, or as the writer thought.</summary>
    /// <param name="feedback">What the device said of it.</param>
    public bool IsOnTime(FeedbackFacts feedback) => Outcome == ResultOutcome.Ok
        && (feedback.OnTime ?? (feedback.Received is { } received ? received - Created <= DeadlineMicros : OnTime));

    /// <summary>Whether the answer is the true class; null: nobody told.</summary>
    /// <param name="feedback">What the device said of it.</param>
    public bool? IsCorrect(FeedbackFacts feedback) => feedback.Label is { } label && Output is { } output ? label == output : null;

    /// <summary>From created until the device held the answer, where it told when, else until the result was written, µs.</summary>
    /// <param name="feedback">What the device said of it.</param>
    public long LatencyOf(FeedbackFacts feedback) =>
        feedback.Received is { } received && received >= Created ? received - Created : LatencyMicros;
}
