using System.Text;
using StreamSched.Avro.Records;
using StreamSched.Core.Requests;
using StreamSched.Learning.Joins;

namespace StreamSched.Learners;

/// <summary>What a result tells a learner.</summary>
internal static class ResultReader
{
    /// <summary>Nothing was decided on the request: it was invalid.</summary>
    public const string Undecided = "undecided";

    /// <summary>The device's own fault, which no placement could have answered.</summary>
    public const string Device = "device";

    /// <summary>The device's clock was not believed, so what it asked for is not known.</summary>
    public const string Clock = "clock";

    /// <summary>Nobody answered until the grace was over: a worker, a scheduler or brokers were gone.</summary>
    public const string Unanswered = "unanswered";

    /// <summary>Reads a result.</summary>
    /// <param name="view">The result.</param>
    public static ResultFacts FactsOf(scoped in InferenceResultView view)
    {
        int? output = null;
        if (view.HasOutput && InferenceOutputView.TryDecode(view.Output, out InferenceOutputView answer, out _)) output = answer.Label;
        string? reason = view.HasReason ? Encoding.UTF8.GetString(view.Reason) : null;
        return new ResultFacts
        {
            Outcome = OutcomeOf(view.Status),
            Reason = reason,
            OnTime = view.Status == ResultStatus.Ok && !view.Late,
            DeadlineMicros = Duration(view.Deadline - view.Created), LatencyMicros = Duration(view.Finished - view.Created), Created = view.Created,
            ServiceMicros = view.ServiceMicros, Batch = view.Batch, Accuracy = view.Accuracy ?? 0, EnergyJoules = view.EnergyJoules ?? 0,
            Money = view.Money ?? 0, Output = output, SkipLearn = SkipOf(view, reason),
        };
    }

    /// <summary>How a request ended, by its status; without one nobody answered in time.</summary>
    /// <param name="status">The status.</param>
    public static ResultOutcome OutcomeOf(ResultStatus? status) => status switch
    {
        ResultStatus.Ok => ResultOutcome.Ok,
        ResultStatus.Rejected => ResultOutcome.Rejected,
        ResultStatus.Failed => ResultOutcome.Failed,
        _ => ResultOutcome.Expired,
    };

    private static long Duration(long micros) => Math.Clamp(micros, 0, 86_400_000_000);

    private static string? SkipOf(scoped in InferenceResultView view, string? reason) => view.Status switch
    {
        ResultStatus.Rejected when reason?.StartsWith(AnswerReason.Invalid, StringComparison.Ordinal) == true => Undecided,
        _ when view.CreatedImplausible => Clock,
        ResultStatus.Failed when reason is AnswerReason.Shape or AnswerReason.Encoding or AnswerReason.NotFinite or AnswerReason.TooLarge => Device,
        ResultStatus.Expired when reason == AnswerReason.Grace => Unanswered,
        _ => null,
    };
}
