namespace StreamSched.Core.Requests;

/// <summary>The words that stand as <c>reason</c> in <c>results</c>, beside those of <see cref="RejectReasonText"/>. All of them are listed in
/// schemas/README.md.</summary>
public static class AnswerReason
{
    /// <summary>REJECTED: a field of the request cannot be served; the field's name follows.</summary>
    public const string Invalid = "invalid: ";

    /// <summary>EXPIRED, by the scheduler: nobody had answered when the grace after the deadline was over.</summary>
    public const string Grace = "grace";

    /// <summary>EXPIRED, by the worker: it could not have been answered in time any more, so it was not run.</summary>
    public const string Late = "late";

    /// <summary>FAILED: the payload's length or shape is not the model's.</summary>
    public const string Shape = "shape";

    /// <summary>FAILED: the encoding is not supported, or not for this model.</summary>
    public const string Encoding = "encoding";

    /// <summary>FAILED: the tensor holds NaN or an infinity.</summary>
    public const string NotFinite = "not-finite";

    /// <summary>FAILED: the answer, or the work item on its way to a worker, is larger than its topic takes.</summary>
    public const string TooLarge = "too-large";

    /// <summary>FAILED: the model is not there any more, failed, or gave what is not finite.</summary>
    public const string Model = "model";
}
