using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;

namespace StreamSched.Core.Networks;

/// <summary>
/// A gated recurrent unit (Cho et al. 2014) in the form of PyTorch and of ONNX's <c>linear_before_reset = 1</c>: z = σ(Wz x + Rz h + b),
/// r = σ(Wr x + Rr h + b), n = tanh(Wn x + bw + r · (Rn h + br)), h' = (1 - z) n + z h. Parameters, gates in the order z, r, n: W [3 · units, inputs],
/// R [3 · units, units], the biases of W [3 · units], the biases of R [3 · units].
/// </summary>
public sealed class GruCell
{
    private readonly Memory<float> _parameters;

    /// <summary>A cell with parameters of zero.</summary>
    /// <param name="inputs">Features.</param>
    /// <param name="units">Length of the state.</param>
    public GruCell(int inputs, int units)
        : this(inputs, units, new float[CountParameters(inputs, units)])
    {
    }

    /// <summary>A cell over parameters that lie elsewhere.</summary>
    /// <param name="inputs">Features.</param>
    /// <param name="units">Length of the state.</param>
    /// <param name="parameters">[<see cref="CountParameters"/>].</param>
    /// <exception cref="ArgumentException">Sizes that are not positive, or another length.</exception>
    public GruCell(int inputs, int units, Memory<float> parameters)
    {
        if (inputs <= 0 || units <= 0) throw new ArgumentException("a recurrent cell needs inputs and units");
        if (parameters.Length != CountParameters(inputs, units))
            throw new ArgumentException($"the cell has {CountParameters(inputs, units)} parameters, not {parameters.Length}", nameof(parameters));
        (Inputs, Units, _parameters) = (inputs, units, parameters);
    }

    /// <summary>Features.</summary>
    public int Inputs { get; }

    /// <summary>Length of the state.</summary>
    public int Units { get; }

    /// <summary>All parameters, in the order of the summary.</summary>
    public Span<float> Parameters => _parameters.Span;

    /// <summary>W, gates z, r, n [3 · units, inputs].</summary>
    public Span<float> InputWeights => Parameters[..(3 * Units * Inputs)];

    /// <summary>R, gates z, r, n [3 · units, units].</summary>
    public Span<float> StateWeights => Parameters.Slice(3 * Units * Inputs, 3 * Units * Units);

    /// <summary>Biases of W, then of R [6 · units].</summary>
    public Span<float> Biases => Parameters[(3 * Units * (Inputs + Units))..];

    /// <summary>Length of the parameters.</summary>
    /// <param name="inputs">Features.</param>
    /// <param name="units">Length of the state.</param>
    public static int CountParameters(int inputs, int units) => checked(3 * units * (inputs + units + 2));

    /// <summary>Orthogonal weights per gate, biases of zero.</summary>
    /// <param name="random">Source of draws.</param>
    public void Initialize(ref RandomStream random)
    {
        Parameters.Clear();
        for (int gate = 0; gate < 3; gate++)
        {
            Initialization.Orthogonal(InputWeights.Slice(gate * Units * Inputs, Units * Inputs), Units, Inputs, 1, ref random);
            Initialization.Orthogonal(StateWeights.Slice(gate * Units * Units, Units * Units), Units, Units, 1, ref random);
        }
    }

    /// <summary>One step: from <see cref="GruTrace.Input"/> and <see cref="GruTrace.State"/> to <see cref="GruTrace.NextState"/>. Allocates nothing.</summary>
    /// <param name="trace">Made for this cell.</param>
    /// <param name="step">Which step of the trace.</param>
    public void Forward(GruTrace trace, int step)
    {
        int stride = trace.Stride, block = Units * stride;
        Span<float> gates = trace.Gates(step), fromState = trace.FromState;
        DenseKernels.Forward(InputWeights, Biases[..(3 * Units)], trace.Input(step), Inputs, 3 * Units, stride, gates);
        DenseKernels.Forward(StateWeights, Biases[(3 * Units)..], trace.State(step), Units, 3 * Units, stride, fromState);
        fromState.Slice(2 * block, block).CopyTo(trace.Candidate(step));
        ref float g = ref MemoryMarshal.GetReference(gates), s = ref MemoryMarshal.GetReference(fromState);
        ref float h = ref MemoryMarshal.GetReference(trace.State(step)), next = ref MemoryMarshal.GetReference(trace.NextState(step));
        for (nuint at = 0; at < (nuint)block; at += DenseKernels.Lanes)
        {
            nuint second = at + (nuint)block, third = second + (nuint)block;
            Vector256<float> z = VectorMath.Sigmoid(Vector256.LoadUnsafe(ref g, at) + Vector256.LoadUnsafe(ref s, at));
            Vector256<float> r = VectorMath.Sigmoid(Vector256.LoadUnsafe(ref g, second) + Vector256.LoadUnsafe(ref s, second));
            Vector256<float> n = VectorMath.Tanh(Vector256.FusedMultiplyAdd(r, Vector256.LoadUnsafe(ref s, third), Vector256.LoadUnsafe(ref g, third)));
            z.StoreUnsafe(ref g, at);
            r.StoreUnsafe(ref g, second);
            n.StoreUnsafe(ref g, third);
            Vector256.FusedMultiplyAdd(z, Vector256.LoadUnsafe(ref h, at) - n, n).StoreUnsafe(ref next, at);
        }
    }

    /// <summary>
    /// One step of back-propagation through time: turns <see cref="GruTrace.StateGradient"/> from the gradient by the next state into that by the state
    /// before, and adds to the gradients of the parameters.
    /// </summary>
    /// <param name="trace">Of the forward pass.</param>
    /// <param name="step">Which step.</param>
    /// <param name="gradients">[<see cref="CountParameters"/>].</param>
    /// <param name="toInput">Whether <see cref="GruTrace.InputGradient"/> is wanted too.</param>
    public void Backward(GruTrace trace, int step, Span<float> gradients, bool toInput = false)
    {
        int stride = trace.Stride, block = Units * stride, weights = 3 * Units * Inputs, stateWeights = 3 * Units * Units;
        Span<float> bySum = trace.SumGradient, byState = trace.FromState;
        ref float g = ref MemoryMarshal.GetReference(trace.Gates(step)), c = ref MemoryMarshal.GetReference(trace.Candidate(step));
        ref float h = ref MemoryMarshal.GetReference(trace.State(step)), d = ref MemoryMarshal.GetReference(trace.StateGradient);
        ref float a = ref MemoryMarshal.GetReference(bySum), b = ref MemoryMarshal.GetReference(byState);
        Vector256<float> one = Vector256<float>.One;
        for (nuint at = 0; at < (nuint)block; at += DenseKernels.Lanes)
        {
            nuint second = at + (nuint)block, third = second + (nuint)block;
            Vector256<float> z = Vector256.LoadUnsafe(ref g, at), r = Vector256.LoadUnsafe(ref g, second), n = Vector256.LoadUnsafe(ref g, third),
                dh = Vector256.LoadUnsafe(ref d, at);
            Vector256<float> dz = dh * (Vector256.LoadUnsafe(ref h, at) - n) * z * (one - z);
            Vector256<float> dn = dh * (one - z) * (one - (n * n));
            Vector256<float> dr = dn * Vector256.LoadUnsafe(ref c, at) * r * (one - r);
            dz.StoreUnsafe(ref a, at);
            dr.StoreUnsafe(ref a, second);
            dn.StoreUnsafe(ref a, third);
            dz.StoreUnsafe(ref b, at);
            dr.StoreUnsafe(ref b, second);
            (dn * r).StoreUnsafe(ref b, third);
            (dh * z).StoreUnsafe(ref d, at);
        }

        Span<float> biases = gradients[(weights + stateWeights)..];
        DenseKernels.BackwardWeights(bySum, trace.Input(step), Inputs, 3 * Units, stride, gradients[..weights], biases[..(3 * Units)]);
        DenseKernels.BackwardWeights(byState, trace.State(step), Units, 3 * Units, stride, gradients.Slice(weights, stateWeights), biases[(3 * Units)..]);
        DenseKernels.BackwardInput(StateWeights, byState, Units, 3 * Units, stride, trace.StateGradient, add: true);
        if (toInput) DenseKernels.BackwardInput(InputWeights, bySum, Inputs, 3 * Units, stride, trace.InputGradient);
    }
}
