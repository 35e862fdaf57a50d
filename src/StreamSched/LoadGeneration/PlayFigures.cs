using StreamSched.Client;
using StreamSched.Frames;

namespace StreamSched.LoadGeneration;

/// <summary>What came of the requests that were played. Written by one thread under <see cref="Sync"/>, which readers take too.</summary>
internal sealed class PlayFigures
{
    private readonly SortedDictionary<string, long> _reasons = new(StringComparer.Ordinal);

    /// <summary>Held while figures change or are read together.</summary>
    public Lock Sync { get; } = new();

    /// <summary>Requests sent.</summary>
    public long Sent { get; set; }

    /// <summary>Requests that ended, in whatever way.</summary>
    public long Ended { get; private set; }

    /// <summary>OK and in time, by the device's clock.</summary>
    public long OnTime { get; private set; }

    /// <summary>OK but late.</summary>
    public long Late { get; private set; }

    /// <summary>Refused.</summary>
    public long Rejected { get; private set; }

    /// <summary>Not answered in time.</summary>
    public long Expired { get; private set; }

    /// <summary>Inference went wrong.</summary>
    public long Failed { get; private set; }

    /// <summary>Given up.</summary>
    public long NoAnswer { get; private set; }

    /// <summary>Not taken by the brokers.</summary>
    public long NotSent { get; private set; }

    /// <summary>OK answers to frames with a known class.</summary>
    public long Labelled { get; private set; }

    /// <summary>Of those, right ones.</summary>
    public long Right { get; private set; }

    /// <summary>From created until held, of OK answers.</summary>
    public LatencyHistogram Latency { get; } = new();

    /// <summary>The last explanation of a request that was not sent or not answered.</summary>
    public string? Problem { get; private set; }

    /// <summary>How many ended so, by <c>status reason</c>, of those that are not OK.</summary>
    public IReadOnlyDictionary<string, long> Reasons => _reasons;

    /// <summary>Share of right answers among those whose label is known; null if there is none.</summary>
    public double? Accuracy => Labelled == 0 ? null : (double)Right / Labelled;

    /// <summary>Takes in an answer.</summary>
    public void Add(Answer answer)
    {
        lock (Sync)
        {
            Ended++;
            switch (answer.Status)
            {
                case AnswerStatus.Ok when answer.OnTime: OnTime++; break;
                case AnswerStatus.Ok: Late++; break;
                case AnswerStatus.Rejected: Rejected++; break;
                case AnswerStatus.Expired: Expired++; break;
                case AnswerStatus.Failed: Failed++; break;
                case AnswerStatus.NoAnswer: NoAnswer++; break;
                case AnswerStatus.NotSent: NotSent++; break;
            }

            Problem = answer.Detail ?? Problem;
            if (answer.Status != AnswerStatus.Ok)
            {
                string reason = $"{Word(answer.Status)} {answer.Reason}".TrimEnd();
                _reasons[reason] = _reasons.GetValueOrDefault(reason) + 1;
                return;
            }

            Latency.Add(answer.Latency);
            if ((answer.State as Frame)?.Label is not { } truth || answer.Label is not { } label) return;
            Labelled++;
            if (truth == label) Right++;
        }
    }

    /// <summary>A status as users know it from <c>results</c>.</summary>
    public static string Word(AnswerStatus status) => status switch
    {
        AnswerStatus.Ok => "OK",
        AnswerStatus.Rejected => "REJECTED",
        AnswerStatus.Expired => "EXPIRED",
        AnswerStatus.Failed => "FAILED",
        AnswerStatus.NoAnswer => "NO ANSWER",
        _ => "NOT SENT",
    };
}
