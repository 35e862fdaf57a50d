using System.Globalization;
using StreamSched.Avro.Records;
using StreamSched.Hosting;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Onnx.Catalogue;
using StreamSched.Onnx.Execution;
using StreamSched.Onnx.Inference;
using StreamSched.Onnx.Models;
using StreamSched.Schedulers;

namespace StreamSched.Workers;

// What is served: models are taken up as the folder changes, and registered.
internal sealed partial class WorkerRole
{
    // Beside a payload: ids and names of a request, at most 128 bytes each, with headers; of a result, co-runners and what describes its execution.
    private const int RequestEnvelopeBytes = 4 * 1024, WorkEnvelopeBytes = 64 * 1024, AnswerEnvelopeBytes = 8 * 1024;

    // A run is overdue when it went on for so long after it was told to end.
    private static readonly TimeSpan Overdue = TimeSpan.FromSeconds(2);

    private readonly Lock _models = new();
    private readonly Dictionary<string, ReadOnlyMemory<byte>> _takenUp = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ModelProblem> _modelProblems = new(StringComparer.Ordinal);
    private int _registeredVersion = -1;
    private bool _isServing;

    private async Task OpenModels(CancellationToken stop)
    {
        ModelCatalogueSettings settings = new()
        {
            Folder = _settings.Models, Variants = _settings.Variants, Processor = _settings.Processor, Slowdown = _settings.Slowdown,
            EmulatedTimes = _settings.Emulation?.Times,
            Profiler = _settings.Profiler, LoadLimit = _settings.LoadLimit, Limits = await PayloadLimits().ConfigureAwait(false),
        };
        _catalogue = await ModelCatalogue.OpenAsync(settings, _time, stop, OnModels).ConfigureAwait(false);
        CatalogueSnapshot snapshot = _catalogue.Snapshot;
        if (snapshot.Models.Count == 0)
            throw new RoleException("no model can be served:", [.. snapshot.Problems.Select(p => p.Message)]);
    }

    private async Task<PayloadLimits> PayloadLimits()
    {
        string requests = _kafka.Topics.Requests, work = _kafka.Topics.Work(_settings.Id), results = _kafka.Topics.Results;
        IReadOnlyDictionary<string, int> limits = await _admin.RecordLimitsAsync([requests, work, results]).ConfigureAwait(false);
        return new PayloadLimits(
            Math.Min(limits[requests] - RequestEnvelopeBytes, limits[work] - WorkEnvelopeBytes), limits[results] - AnswerEnvelopeBytes,
            $"{requests} and {work}", results);
    }

    private void BeginToServe()
    {
        lock (_models) _isServing = true;
        OnModels(_catalogue!.Snapshot);
    }

    // In the background, whenever something has changed; a change may come while the one before is still being told.
    private void OnModels(CatalogueSnapshot snapshot)
    {
        lock (_models)
        {
            if (snapshot.Version < _registeredVersion) return;
            LogChanges(snapshot);
            TellProblems(snapshot.Problems);
            if (!_isServing || snapshot.Version == _registeredVersion) return;
            _registeredVersion = snapshot.Version;
            TakeUp(snapshot);
        }
    }

    private void LogChanges(CatalogueSnapshot snapshot)
    {
        foreach (LoadedModel model in snapshot.Models.Values.OrderBy(m => m.Name, StringComparer.Ordinal))
        {
            if (_takenUp.TryGetValue(model.Name, out ReadOnlyMemory<byte> digest) && digest.Equals(model.Digest)) continue;
            _takenUp[model.Name] = model.Digest;
            WorkerLog.ModelTakenUp(
                _logger, _settings.Id, model.Name, Convert.ToHexStringLower(model.Digest.Span),
                (model.Profile!.Micros[0] / 1000).ToString("0.###", CultureInfo.InvariantCulture));
        }

        foreach (string gone in _takenUp.Keys.Where(name => !snapshot.Models.ContainsKey(name)).ToArray())
        {
            _takenUp.Remove(gone);
            WorkerLog.ModelGivenUp(_logger, _settings.Id, gone);
        }
    }

    private void TellProblems(IReadOnlyList<ModelProblem> problems)
    {
        foreach (ModelProblem over in _modelProblems.Values.Except(problems).ToArray())
        {
            _modelProblems.Remove(over.Subject);
            Conditions.Clear(over.IsPending ? "model-slow" : "model-unusable", over.Subject);
        }

        foreach (ModelProblem problem in problems)
        {
            if (!_modelProblems.TryAdd(problem.Subject, problem)) continue;
            if (problem.IsPending) Conditions.Raise("model-slow", problem.Subject, problem.Message);
            else Conditions.Raise("model-unusable", problem.Subject, problem.Message);
        }
    }

    // New or replaced models: their tables for batches, then the registration.
    private void TakeUp(CatalogueSnapshot snapshot)
    {
        lock (_gate)
        {
            foreach (LoadedModel model in snapshot.Models.Values)
            {
                if (!_variantIndex.TryGetValue(model.Name, out int index))
                {
                    _variantIndex.Add(model.Name, index = _variants.Count);
                    _variants.Add(model.Name);
                }

                _queue.SetTable(index, model.Profile!.Table, Now());
            }
        }

        WorkerRegistration registration = _registrar!.Describe(snapshot, Now(), _draining);
        if (registration.RangeFault() is { } fault)
        {
            // Schedulers would ignore it; what it served before goes on.
            if (_consumer is null) throw new RoleException($"it cannot register, since {fault}");
            WorkerLog.ModelProblem(_logger, _settings.Id, $"not registered, since {fault}");
            return;
        }

        Volatile.Write(ref _interference, RegistrationReader.InterferenceOf(registration));
        Register(registration);
        WorkerLog.Registered(
            _logger, _settings.Id, _incarnation, snapshot.Models.Count, _settings.Site,
            Emulation());
    }

    // How much longer or shorter than its profile says the emulated device takes for a batch; null: never another time.
    private Func<double>? Pace()
    {
        Func<double>? pace = _settings.Emulation?.Pace;
        if (_settings.Noise.IsNone) return pace;
        EmulatedNoise noise = new(_settings.Noise, _settings.NoiseSeed, _settings.Id);
        return pace is null ? noise.Next : () => pace() * noise.Next();
    }

    private string Emulation()
    {
        if (_settings.Slowdown <= 1) return "";
        string noise = _settings.Noise.IsNone ? "" : $", emulated noise {_settings.Noise}";
        return string.Create(CultureInfo.InvariantCulture, $", emulating a device {_settings.Slowdown:0.##} times slower{noise}");
    }

    // A run that ignores that it was ended keeps its slot; nothing but a new process helps.
    private void WatchRuns()
    {
        if (_loop!.Overdue > Overdue)
        {
            Conditions.Raise(
                "run-endless", _settings.Processor.Id,
                $"a batch on {_settings.Processor.Id} does not end although it was told to: start this worker again, and replace the model",
                blocksReady: _loop.FreeSlots == 0);
        }
        else
        {
            Conditions.Clear("run-endless", _settings.Processor.Id);
        }
    }
}
