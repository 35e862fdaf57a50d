namespace StreamSched.Learning.Online;

/// <summary>
/// Losses on outcomes that were not learned from yet; less is better. Of on-time networks logarithmic scores in nats an outcome, of policies that value what
/// they choose squared errors of that value.
/// </summary>
/// <param name="Count">Outcomes.</param>
/// <param name="Rule">Of the rule alone; 0: there is none.</param>
/// <param name="Champion">Of what serves.</param>
/// <param name="Candidate">Of what learns.</param>
/// <param name="Gain">Champion less candidate.</param>
/// <param name="Error">Standard error of the gain, as if outcomes were independent.</param>
public readonly record struct HeldOutScore(long Count, double Rule, double Champion, double Candidate, double Gain, double Error);
