using System.Globalization;
using System.Text;
using System.Text.Json;
using StreamSched.Analysis.Replays;
using StreamSched.Avro.Records;
using StreamSched.Core.Prediction;
using StreamSched.Core.Scheduling;

namespace StreamSched.Analysis.Export;

/// <summary>
/// A decision in full as a line of DSJSON, which Vowpal Wabbit reads for contextual bandits with features of actions. Actions are the feasible candidates, and
/// behind them the rejection; the chosen one comes first in <c>a</c> and <c>p</c>. The cost is what the request was worth, negated.
/// </summary>
/// <param name="shelf">The policies that may have decided, which tell how likely the other choices were.</param>
internal sealed class DsJsonLine(PolicyShelf shelf)
{
    private readonly RecordedChoice _choice = new();
    private readonly List<(int Candidate, double Probability)> _actions = [];
    private double[] _probabilities = new double[64];

    /// <summary>Writes a line, without its end.</summary>
    /// <param name="record">A decision with what came of it.</param>
    /// <param name="to">Where to.</param>
    /// <returns>Whether it could be told: the decision is in full, it had a choice, and the policy that took it can be asked again.</returns>
    public bool TryWrite(in ExperienceView record, Utf8JsonWriter to)
    {
        if (!record.HasDigest || !_choice.TryRestore(record, out FullDecisionView full) || shelf.Find(record.Digest) is not { Refusal: null } policy)
            return false;
        double rejected = _choice.Probabilities(policy, ref _probabilities);
        _actions.Clear();
        for (int i = 0; i < _choice.Candidates; i++)
            if (_choice.Replay.Candidates.Mask[i] != 0) _actions.Add((i, _probabilities[i]));
        _actions.Add((-1, rejected));
        int chosen = full.Chosen, at = _actions.FindIndex(a => a.Candidate == chosen);
        if (at < 0) return false;
        string[] placements = full.CopyPlacements();
        to.WriteStartObject();
        to.WriteNumber("_label_cost", -record.Utility);
        to.WriteNumber("_label_probability", record.Propensity);
        to.WriteNumber("_label_Action", at + 1);
        to.WriteNumber("_labelIndex", at);
        to.WriteString("Version", "1");
        to.WriteString("EventId", record.Id);
        to.WriteString("Timestamp", DateTime.UnixEpoch.AddTicks(10 * record.At).ToString("yyyy-MM-ddTHH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
        WriteOrder(to, "a", at, static (writer, _, index) => writer.WriteNumberValue(index + 1));
        to.WriteStartObject("c");
        WriteRequest(to, record);
        to.WriteStartArray("_multi");
        foreach ((int candidate, _) in _actions) WriteAction(to, candidate, placements);
        to.WriteEndArray();
        to.WriteEndObject();
        WriteOrder(to, "p", at, static (writer, action, _) => writer.WriteNumberValue(action.Probability));
        to.WriteNumber("pdrop", record.SampleRate > 0 ? 1 - record.SampleRate : 0);
        to.WriteStartObject("VWState");
        to.WriteString("m", Convert.ToHexStringLower(record.Digest));
        to.WriteEndObject();
        to.WriteEndObject();
        return true;
    }

    private void WriteOrder(Utf8JsonWriter to, string name, int chosen, Action<Utf8JsonWriter, (int Candidate, double Probability), int> write)
    {
        to.WriteStartArray(name);
        write(to, _actions[chosen], chosen);
        for (int i = 0; i < _actions.Count; i++)
            if (i != chosen) write(to, _actions[i], i);
        to.WriteEndArray();
    }

    private void WriteRequest(Utf8JsonWriter to, in ExperienceView record)
    {
        Core.Requests.Request request = _choice.Replay.Request;
        to.WriteStartObject("Request");
        to.WriteString("task", Encoding.UTF8.GetString(record.Task));
        to.WriteNumber("deadline", request.Deadline);
        to.WriteNumber("remaining", _choice.Replay.Candidates.Remaining);
        to.WriteNumber("minAccuracy", request.MinAccuracy);
        to.WriteNumber("weight", request.Weight);
        to.WriteEndObject();
    }

    private void WriteAction(Utf8JsonWriter to, int candidate, string[] placements)
    {
        to.WriteStartObject();
        to.WriteStartObject("Placement");
        if (candidate < 0)
        {
            to.WriteString("choice", "reject");
        }
        else
        {
            string[] parts = (candidate < placements.Length ? placements[candidate] : "").Split('/');
            if (parts.Length == 3)
            {
                to.WriteString("worker", parts[0]);
                to.WriteString("processor", parts[1]);
                to.WriteString("variant", parts[2]);
            }

            ReadOnlySpan<float> features = _choice.FeaturesOf(candidate);
            for (int f = 0; f < FeatureEncoder.Fields; f++)
                if (float.IsFinite(features[f])) to.WriteNumber(RecordLayout.AllNames[f], features[f]);
            for (int f = RecordLayout.Fields; f < features.Length; f++)
                if (float.IsFinite(features[f])) to.WriteNumber(RecordLayout.AllNames[f], features[f]);
        }

        to.WriteEndObject();
        to.WriteEndObject();
    }
}
