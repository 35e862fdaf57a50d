namespace StreamSched.Client;

/// <summary>How a request ended, as its device sees it.</summary>
public enum AnswerStatus
{
    /// <summary>Answered, perhaps late: see <see cref="Answer.OnTime"/>.</summary>
    Ok,

    /// <summary>Refused at once.</summary>
    Rejected,

    /// <summary>Could not be answered in time.</summary>
    Expired,

    /// <summary>Inference went wrong.</summary>
    Failed,

    /// <summary>Nothing came within deadline, grace and margin. The request may or may not have been worked on.</summary>
    NoAnswer,

    /// <summary>The brokers or the client refused the request, so nobody will ever answer it.</summary>
    NotSent,
}
