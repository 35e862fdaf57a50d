namespace StreamSched.Analysis.Estimation;

/// <summary>What a policy would have earned per request, in units of value.</summary>
/// <param name="Estimates">By estimator.</param>
/// <param name="Lambdas">λ that the log chose, by estimator.</param>
/// <param name="Difference">The policy less the one that logged, doubly robust, paired decision by decision.</param>
/// <param name="Lower">Lower end of the confidence sequence of the difference.</param>
/// <param name="Upper">Upper end.</param>
/// <param name="BootstrapLower">Lower end of the bootstrap's interval of the difference, which holds for one look at a log whose policy did not change.</param>
/// <param name="BootstrapUpper">Upper end.</param>
internal sealed record ValueEstimates(
    IReadOnlyDictionary<string, double> Estimates, IReadOnlyDictionary<string, double> Lambdas, double Difference, double Lower, double Upper,
    double BootstrapLower, double BootstrapUpper);
