namespace StreamSched.Simulation.Bounds;

/// <summary>
/// Looks for prices that make the dual small: descent on the dual smoothed by a softmax over options, whose temperature falls. Smoothed, requests divide among
/// processors that are alike instead of all moving from one to the next together, which is what keeps plain subgradient steps from ever coming to rest. Second
/// derivatives are kept within a slice of time: other slices are other blocks.
/// </summary>
/// <param name="instance">The problem.</param>
/// <param name="every">Only every so many-th request is looked at, with as much less capacity: prices found so are still valid, if not quite as good.</param>
/// <param name="together">Whether a processor has one price for all slices.</param>
internal sealed class PriceSearch(BoundInstance instance, int every, bool together)
{
    private const double Negligible = 1e-5;
    private readonly int _blocks = together ? 1 : instance.Slices;
    private readonly int _size = instance.Processors;
    private readonly double[] _gradient = new double[instance.Processors * (together ? 1 : instance.Slices)];
    private readonly double[][] _curvature =
        [.. Enumerable.Range(0, together ? 1 : instance.Slices).Select(_ => new double[instance.Processors * instance.Processors])];

    // Scratch for one request: choices with their variable, processor time and weight.
    private readonly List<(int Variable, double Seconds, double Gain)> _choices = [];
    private readonly List<int> _touched = [];
    // Time of each group by block, and the scale on which its states are weighed against each other.
    private readonly double[,] _time = TimesOf(instance, every, together);
    private readonly double[,] _scale = new double[instance.Groups.Count, together ? 1 : instance.Slices];
    private readonly double[] _drawn = new double[instance.Processors * (together ? 1 : instance.Slices)];

    /// <summary>Improves prices, in place.</summary>
    /// <param name="prices">[blocks × processors], block by block.</param>
    /// <param name="temperatures">Falling.</param>
    /// <param name="steps">For each of them.</param>
    /// <param name="cancellation">Stops it.</param>
    public void Improve(double[] prices, ReadOnlySpan<double> temperatures, int steps, CancellationToken cancellation)
    {
        double[] trial = new double[prices.Length], step = new double[prices.Length];
        foreach (double temperature in temperatures)
        {
            Scale(prices);
            double value = Smoothed(prices, temperature, derivatives: true), damping = 0.5;

            // Levenberg's and Marquardt's rule: the worse the quadratic model did, the shorter and the more along the gradient.
            for (int i = 0; i < steps && damping < 1e4; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                Newton(prices, step, damping);
                for (int v = 0; v < prices.Length; v++) trial[v] = Math.Max(0, prices[v] + step[v]);
                double reached = Smoothed(trial, temperature, derivatives: true);
                bool better = reached < value;
                if (better) trial.CopyTo(prices, 0);
                bool settled = better && reached > value - (1e-5 * Math.Abs(value));
                damping = better ? Math.Max(1e-4, damping / 5) : damping * 8;
                if (settled) break;
                value = better ? reached : Smoothed(prices, temperature, derivatives: true);
            }
        }
    }

    private double Smoothed(double[] prices, double temperature, bool derivatives)
    {
        double sum = 0;
        Array.Clear(_gradient);
        if (derivatives)
            foreach (double[] block in _curvature) Array.Clear(block);
        for (int g = 0; g < instance.Groups.Count; g++)
            for (int block = 0; block < _blocks; block++) sum += Supply(g, block, prices.AsSpan(block * _size, _size), temperature, derivatives);
        for (int r = 0; r + 1 < instance.First.Count; r += every) sum += Request(r, prices, temperature, derivatives);
        return sum;
    }

    private double Request(int r, double[] prices, double temperature, bool derivatives)
    {
        _choices.Clear();
        double best = 0;
        ReadOnlySpan<BoundInstance.Option> options = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(instance.Options);
        for (int o = instance.First[r]; o < instance.First[r + 1]; o++)
        {
            ref readonly BoundInstance.Option option = ref options[o];
            int processor = option.Start / instance.Slices, slice = option.Start % instance.Slices;
            for (int k = 0; k <= (together ? 0 : option.More); k++)
            {
                int variable = together ? processor : ((slice + k) * _size) + processor;
                double gain = option.Value - (option.Seconds * prices[variable]);
                if (gain < best - (12 * temperature)) continue;
                if (gain > best) best = gain;
                _choices.Add((variable, option.Seconds, gain));
            }
        }

        double total = Math.Exp(-best / temperature);
        for (int i = 0; i < _choices.Count; i++)
        {
            (int variable, double seconds, double gain) = _choices[i];
            double weight = Math.Exp((gain - best) / temperature);
            _choices[i] = (variable, seconds, weight);
            total += weight;
        }

        if (derivatives) Derive(total, temperature);
        return best + (temperature * Math.Log(total));
    }

    private void Derive(double total, double temperature)
    {
        _touched.Clear();
        foreach ((int variable, double seconds, double weight) in _choices)
        {
            double share = weight / total;
            if (share < Negligible) continue;
            double drawn = share * seconds;
            _gradient[variable] -= drawn;
            if (_drawn[variable] == 0) _touched.Add(variable);
            _drawn[variable] += drawn;
            int i = variable % _size;
            _curvature[variable / _size][(i * _size) + i] += drawn * seconds / temperature;
        }

        foreach (int a in _touched)
        {
            double[] block = _curvature[a / _size];
            int row = a % _size * _size;
            double pull = _drawn[a] / temperature;
            foreach (int b in _touched)
                if (b / _size == a / _size) block[row + (b % _size)] -= pull * _drawn[b];
        }

        foreach (int a in _touched) _drawn[a] = 0;
    }

    // What a machine is worth, smoothed over its states as the requests are over their options.
    private double Supply(int g, int block, ReadOnlySpan<double> prices, double temperature, bool derivatives)
    {
        SupplyGroup group = instance.Groups[g];
        double time = _time[g, block], width = temperature * _scale[g, block], most = group.Worth(prices), total = 0;
        int states = group.States.Length;
        Span<double> weight = stackalloc double[states], mean = stackalloc double[group.Count];
        for (int s = 0; s < states; s++) total += weight[s] = Math.Exp((group.Of(group.States[s], prices) - most) / width);
        for (int s = 0; s < states; s++)
        {
            weight[s] /= total;
            for (int i = 0; i < mean.Length; i++) mean[i] += weight[s] * group.States[s][i];
        }

        for (int i = 0; i < mean.Length; i++) _gradient[(block * _size) + group.First + i] += time * mean[i];
        for (int i = 0; derivatives && states > 1 && i < mean.Length; i++)
        {
            for (int j = 0; j < mean.Length; j++)
            {
                double product = 0;
                for (int s = 0; s < states; s++) product += weight[s] * group.States[s][i] * group.States[s][j];
                _curvature[block][((group.First + i) * _size) + group.First + j] += time * (product - (mean[i] * mean[j])) / width;
            }
        }

        return time * (most + (width * Math.Log(total)));
    }

    private void Scale(double[] prices)
    {
        for (int g = 0; g < instance.Groups.Count; g++)
            for (int block = 0; block < _blocks; block++) _scale[g, block] = Math.Max(1e-3, instance.Groups[g].Worth(prices.AsSpan(block * _size, _size)));
    }

    private static double[,] TimesOf(BoundInstance instance, int every, bool together)
    {
        double[,] times = new double[instance.Groups.Count, together ? 1 : instance.Slices];
        for (int g = 0; g < instance.Groups.Count; g++)
            for (int k = 0; k < instance.Slices; k++) times[g, together ? 0 : k] += instance.Capacity[(instance.Groups[g].First * instance.Slices) + k] / every;
        return times;
    }

    // Solves each block; a price at zero that should fall stays there. Where nothing asks for a processor its price falls to zero.
    private void Newton(double[] prices, double[] step, double damping)
    {
        double[] matrix = new double[_size * _size], right = new double[_size];
        for (int block = 0; block < _blocks; block++)
        {
            double[] curvature = _curvature[block];
            for (int i = 0; i < _size; i++)
            {
                int v = (block * _size) + i;
                bool still = prices[v] == 0 && _gradient[v] >= 0;
                double diagonal = curvature[(i * _size) + i];
                for (int j = 0; j < _size; j++)
                {
                    int w = (block * _size) + j;
                    bool fixedToo = prices[w] == 0 && _gradient[w] >= 0;
                    matrix[(i * _size) + j] = still || fixedToo ? 0 : curvature[(i * _size) + j];
                }

                // A flat direction moves by as much as the price itself, which is what an unwanted processor's should fall by.
                double flat = Math.Abs(_gradient[v]) / Math.Max(prices[v], 1e-3);
                matrix[(i * _size) + i] = still ? 1 : (diagonal * (1 + damping)) + ((0.02 + damping) * flat) + 1e-12;
                right[i] = still ? 0 : -_gradient[v];
            }

            Solve(matrix, right, _size);
            right.CopyTo(step, block * _size);
        }
    }

    // Cholesky's factorisation, in place; a pivot that rounding made negative is lifted.
    private static void Solve(double[] a, double[] b, int n)
    {
        for (int j = 0; j < n; j++)
        {
            double pivot = a[(j * n) + j];
            for (int k = 0; k < j; k++) pivot -= a[(j * n) + k] * a[(j * n) + k];
            pivot = Math.Sqrt(Math.Max(pivot, 1e-9 * Math.Abs(a[(j * n) + j]) + 1e-15));
            a[(j * n) + j] = pivot;
            for (int i = j + 1; i < n; i++)
            {
                double sum = a[(i * n) + j];
                for (int k = 0; k < j; k++) sum -= a[(i * n) + k] * a[(j * n) + k];
                a[(i * n) + j] = sum / pivot;
            }
        }

        for (int i = 0; i < n; i++)
        {
            for (int k = 0; k < i; k++) b[i] -= a[(i * n) + k] * b[k];
            b[i] /= a[(i * n) + i];
        }

        for (int i = n - 1; i >= 0; i--)
        {
            for (int k = i + 1; k < n; k++) b[i] -= a[(k * n) + i] * b[k];
            b[i] /= a[(i * n) + i];
        }
    }
}
