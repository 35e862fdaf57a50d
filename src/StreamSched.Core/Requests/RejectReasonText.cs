namespace StreamSched.Core.Requests;

/// <summary>The words that stand for a <see cref="RejectReason"/> in <c>results</c>.</summary>
public static class RejectReasonText
{
    /// <summary>The reason as written to <c>results</c>.</summary>
    /// <param name="reason">Any reason but <see cref="RejectReason.None"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">Not a reason to reject.</exception>
    public static string Text(this RejectReason reason) => reason switch
    {
        RejectReason.NoWorker => "no-worker",
        RejectReason.Accuracy => "accuracy",
        RejectReason.Memory => "memory",
        RejectReason.Deadline => "deadline",
        RejectReason.NotWorth => "not-worth",
        RejectReason.Capacity => "capacity",
        RejectReason.Failing => "failing",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "not a reason to reject"),
    };
}
