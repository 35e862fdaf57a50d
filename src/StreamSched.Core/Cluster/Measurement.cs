namespace StreamSched.Core.Cluster;

/// <summary>What an answer tells about how long things take. Seconds.</summary>
/// <param name="Service">Batch time.</param>
/// <param name="Batch">How many requests ran together; 0: nothing ran.</param>
/// <param name="Interference">Factor that the matrices give for the co-runners it really had; 1: alone, or nothing known.</param>
/// <param name="NetworkError">Measured network delay to the worker less the predicted one; NaN: not measured.</param>
/// <param name="ResultDelay">From the worker's finish until the result was read here; negative: not measured.</param>
public readonly record struct Measurement(float Service, int Batch, float Interference, float NetworkError, float ResultDelay);
