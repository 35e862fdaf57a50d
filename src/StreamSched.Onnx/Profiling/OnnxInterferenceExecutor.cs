using StreamSched.Onnx.Inference;

namespace StreamSched.Onnx.Profiling;

/// <summary>Co-runners as in serving: each companion is a thread that runs batches of one, back to back, on a session of its own.</summary>
internal sealed class OnnxInterferenceExecutor : IInterferenceExecutor
{
    private readonly Inference[] _measured;
    private readonly Companion[] _first;
    private readonly Companion[] _second;

    public OnnxInterferenceExecutor(Func<LoadedModel> loadFirst, Func<LoadedModel> loadSecond, int size)
    {
        _measured = [new Inference(loadFirst()), new Inference(loadSecond())];
        _first = [.. Enumerable.Range(0, size).Select(_ => new Companion(new Inference(loadFirst())))];
        _second = [.. Enumerable.Range(0, size).Select(_ => new Companion(new Inference(loadSecond())))];
    }

    public void SetCoRunners(int a, int b)
    {
        // First those that leave, so that nobody's first run is measured beside them.
        foreach (var companion in _first[a..].Concat(_second[b..]))
            companion.Pause();
        foreach (var companion in _first[..a].Concat(_second[..b]))
            companion.Resume();
        foreach (var companion in _first[..a].Concat(_second[..b]))
            companion.WaitForRun();
    }

    public void Run(bool second) => _measured[second ? 1 : 0].Run();

    public void Dispose()
    {
        foreach (var companion in _first.Concat(_second))
            companion.Dispose();
        foreach (var inference in _measured)
            inference.Dispose();
    }

    private sealed class Inference : IDisposable
    {
        private readonly LoadedModel _model;
        private readonly ModelRunner _runner;
        private readonly InferencePayload[] _payload;
        private readonly InferenceOutcome[] _outcome = new InferenceOutcome[1];

        public Inference(LoadedModel model)
        {
            _model = model;
            _payload = ServiceProfiler.Payloads(model)[..1];
            if (!model.TryRent(out var runner))
                throw new ModelException($"{model.Name} has been retired.");
            _runner = runner;
        }

        public void Run()
        {
            if (_runner.Measure(_payload, _outcome) != 1)
                throw new ModelException($"{_model.Name}.onnx: does not answer frames of noise: {_runner.Failure ?? _outcome[0].Fault.ToString()}.");
        }

        public void Dispose()
        {
            _runner.Dispose();
            _model.Retire();
        }
    }

    private sealed class Companion : IDisposable
    {
        private readonly Inference _inference;
        private readonly Thread _thread;
        private readonly ManualResetEventSlim _go = new();
        private readonly ManualResetEventSlim _paused = new();
        private readonly ManualResetEventSlim _ran = new();
        private volatile bool _ending;
        private volatile Exception? _failure;

        public Companion(Inference inference)
        {
            _inference = inference;
            _thread = new Thread(Loop) { IsBackground = true, Name = "co-runner" };
            _thread.Start();
        }

        public void Resume()
        {
            _ran.Reset();
            _go.Set();
        }

        public void Pause()
        {
            _go.Reset();
            _paused.Wait();
        }

        public void WaitForRun()
        {
            _ran.Wait();
            if (_failure is { } failure)
                throw new ModelException($"A companion failed: {failure.Message}", failure);
        }

        public void Dispose()
        {
            _ending = true;
            _go.Set();
            _thread.Join();
            _inference.Dispose();
            _go.Dispose();
            _paused.Dispose();
            _ran.Dispose();
        }

        private void Loop()
        {
            try
            {
                while (!_ending)
                {
                    if (!_go.IsSet)
                    {
                        _paused.Set();
                        _go.Wait();
                        _paused.Reset();
                        continue;
                    }

                    _inference.Run();
                    _ran.Set();
                }
            }
            catch (ModelException e)
            {
                _failure = e;
                _ran.Set();
                _paused.Set();
            }
        }
    }
}
