using StreamSched.Analysis.Replays;
using StreamSched.Avro;
using StreamSched.Avro.Binary;
using StreamSched.Avro.Records;
using StreamSched.Kafka.Identity;
using StreamSched.Learning.Joins;
using StreamSched.Schedulers;

namespace StreamSched.Learners;

/// <summary>One partition number of the topics that are joined: their records come in as bytes. Knows no Kafka client.</summary>
internal sealed class JoinedPartition
{
    private readonly MessageDecoder _decoder;
    private readonly MessageBuffers _buffers;
    private readonly ExperienceWriter _writer;
    private readonly NameHash _hash;
    private readonly TextCache _texts = new();

    /// <summary>Makes a partition of which nothing was read yet.</summary>
    /// <param name="number">The partition.</param>
    /// <param name="settings">How long the join waits.</param>
    /// <param name="writer">Writes what comes of it.</param>
    /// <param name="buffers">Where decisions wait.</param>
    /// <param name="decoder">Reads records of former schemas too.</param>
    /// <param name="hashSeed">Drawn once per process.</param>
    public JoinedPartition(int number, JoinSettings settings, ExperienceWriter writer, MessageBuffers buffers, MessageDecoder decoder, ulong hashSeed)
    {
        (Number, _writer, _buffers, _decoder, _hash) = (number, writer, buffers, decoder, new NameHash(hashSeed));
        Join = new ExperienceJoin<DecisionBody>(settings, writer);
    }

    /// <summary>The partition.</summary>
    public int Number { get; }

    /// <summary>The join.</summary>
    public ExperienceJoin<DecisionBody> Join { get; }

    /// <summary>Time of the latest decision that was read, µs since 1970.</summary>
    public long DecisionsAt { get; private set; }

    /// <summary>Time of the latest result that was read, µs since 1970.</summary>
    public long ResultsAt { get; private set; }

    /// <summary>Takes in a record of <c>decisions</c>.</summary>
    /// <param name="value">Its value.</param>
    /// <param name="offset">Its offset.</param>
    /// <param name="at">Its time, not after now, µs since 1970.</param>
    /// <returns>Why it is ignored; null: it is not.</returns>
    public string? Decision(ReadOnlySpan<byte> value, long offset, long at)
    {
        DecisionsAt = Math.Max(DecisionsAt, at);
        if (!_decoder.TryGetBody(value, SchedulingDecision.Schema, out ReadOnlySpan<byte> body, out AvroFault fault)) return fault.ToString();
        if (!SchedulingDecisionView.TryDecode(body, out SchedulingDecisionView view, out fault)) return fault.ToString();
        if (view.RangeFault() is { } problem) return problem;
        byte[] buffer = _buffers.Rent(body.Length);
        body.CopyTo(buffer);
        Join.Decision(
            new DecisionHead
            {
                Key = KeyOf(view.Id, view.Device), Offset = offset, At = Math.Min(view.At, at), Deadline = view.Deadline, Attempt = view.Attempt,
                Scheduler = _hash.Of(view.Scheduler),
            },
            new DecisionBody(buffer, body.Length));
        return null;
    }

    /// <summary>Takes in a record of <c>results</c>.</summary>
    /// <param name="value">Its value.</param>
    /// <param name="offset">Its offset.</param>
    /// <param name="at">Its time, not after now, µs since 1970.</param>
    /// <returns>Why it is ignored; null: it is not.</returns>
    public string? Result(ReadOnlySpan<byte> value, long offset, long at)
    {
        ResultsAt = Math.Max(ResultsAt, at);
        if (!_decoder.TryView<InferenceResultView, InferenceResult>(value, out InferenceResultView view, out AvroFault fault)) return fault.ToString();
        if (view.RangeFault() is { } problem) return problem;
        ResultFacts facts = ResultReader.FactsOf(view) with { Site = _texts.Of(view.Site) };
        if (facts.SkipLearn == ResultReader.Undecided)
        {
            Join.Undecided();
            return null;
        }

        Join.Result(
            new ResultHead { Key = KeyOf(view.Id, view.Device), Offset = offset, At = at, Attempt = view.Attempt, Scheduler = _hash.Of(view.Scheduler) },
            facts);
        return null;
    }

    /// <summary>Takes in a record of <c>feedback</c>.</summary>
    /// <param name="value">Its value.</param>
    /// <param name="offset">Its offset.</param>
    /// <param name="at">Its time, not after now, µs since 1970.</param>
    /// <returns>Why it is ignored; null: it is not.</returns>
    public string? Feedback(ReadOnlySpan<byte> value, long offset, long at)
    {
        if (!_decoder.TryView<FeedbackView, Feedback>(value, out FeedbackView view, out AvroFault fault)) return fault.ToString();
        if (view.RangeFault() is { } problem) return problem;
        Join.Feedback(new FeedbackHead
        {
            Key = KeyOf(view.Id, view.Device), Offset = offset, At = at, Facts = new FeedbackFacts(view.Label, view.Rating, view.Received, view.OnTime),
        });
        return null;
    }

    /// <summary>Takes in a record of <c>experience</c>, which a predecessor wrote.</summary>
    /// <param name="value">Its value.</param>
    /// <param name="at">Its time, µs since 1970.</param>
    public void Former(ReadOnlySpan<byte> value, long at)
    {
        if (!_decoder.TryView<ExperienceView, Experience>(value, out ExperienceView view, out _)) return;
        Join.Recover(
            KeyOf(view.Id, view.Device), view.ResultOffset, view.Revision, ExperienceWriter.FeedbackIn(view), view.FeedbackOffset, _writer.Keep(view), at);
    }

    private JoinKey KeyOf(Guid id, ReadOnlySpan<byte> device) => new(id, _hash.Of(device));
}
