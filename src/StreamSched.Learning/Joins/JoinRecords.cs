namespace StreamSched.Learning.Joins;

/// <summary>What names a request: ids are the devices' choice, and one device's are not another's.</summary>
/// <param name="Id">The request's id.</param>
/// <param name="Device">Stands for the device that asked.</param>
public readonly record struct JoinKey(Guid Id, ulong Device);

/// <summary>What a join needs to know of a decision.</summary>
public readonly record struct DecisionHead
{
    /// <summary>The request.</summary>
    public required JoinKey Key { get; init; }

    /// <summary>Its place in the log of decisions.</summary>
    public required long Offset { get; init; }

    /// <summary>When it was decided, µs since 1970.</summary>
    public required long At { get; init; }

    /// <summary>The instant that is to be kept, µs since 1970; 0: not told.</summary>
    public required long Deadline { get; init; }

    /// <summary>How often the request was decided on.</summary>
    public required int Attempt { get; init; }

    /// <summary>Stands for the scheduler.</summary>
    public required ulong Scheduler { get; init; }
}

/// <summary>What a join needs to know of a result.</summary>
public readonly record struct ResultHead
{
    /// <summary>The request.</summary>
    public required JoinKey Key { get; init; }

    /// <summary>Its place in the log of results.</summary>
    public required long Offset { get; init; }

    /// <summary>Time of the record, µs since 1970.</summary>
    public required long At { get; init; }

    /// <summary>The attempt that it answers.</summary>
    public required int Attempt { get; init; }

    /// <summary>Stands for the scheduler that decided on it.</summary>
    public required ulong Scheduler { get; init; }
}

/// <summary>What a device said of an answer.</summary>
public readonly record struct FeedbackHead
{
    /// <summary>The request, as the device that says so names it.</summary>
    public required JoinKey Key { get; init; }

    /// <summary>Its place in the log of feedback.</summary>
    public required long Offset { get; init; }

    /// <summary>Time of the record, µs since 1970.</summary>
    public required long At { get; init; }

    /// <summary>What it says.</summary>
    public required FeedbackFacts Facts { get; init; }
}

/// <summary>The content of feedback; what is null was not told.</summary>
/// <param name="Label">The true class.</param>
/// <param name="Rating">Quality of experience, 0..1.</param>
/// <param name="Received">When the device held the answer, by the clock that made created, µs since 1970.</param>
/// <param name="OnTime">Whether that was in time.</param>
public readonly record struct FeedbackFacts(int? Label, double? Rating, long? Received, bool? OnTime)
{
    /// <summary>The same with what came later, where that tells something.</summary>
    /// <param name="later">What came later.</param>
    public FeedbackFacts With(FeedbackFacts later) =>
        new(later.Label ?? Label, later.Rating ?? Rating, later.Received ?? Received, later.OnTime ?? OnTime);
}
