namespace StreamSched.Analysis.Estimation;

/// <summary>What is done to large weights, trading their variance for a bias.</summary>
internal enum Shrinkage
{
    /// <summary>w ≤ λ stays, a larger one counts as λ.</summary>
    Clip,

    /// <summary>w ≤ λ stays, a larger one counts as 0, so that the model alone speaks (Wang, Agarwal, Dudík 2017).</summary>
    Switch,

    /// <summary>λw / (w² + λ) (Su, Dimakopoulou, Krishnamurthy, Dudík 2020); 0 for λ = 0.</summary>
    Optimistic,

    /// <summary>w / (1 − λ + λw) (Metelli, Russo, Restelli 2021), λ in [0, 1].</summary>
    Subgaussian,
}
