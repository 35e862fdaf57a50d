namespace StreamSched.Learning.Online;

/// <summary>Logarithmic scores on outcomes that were not learned from yet, in nats an outcome; less is better.</summary>
/// <param name="Count">Outcomes.</param>
/// <param name="Rule">Of the rule alone.</param>
/// <param name="Champion">Of the network that serves.</param>
/// <param name="Candidate">Of the one that learns.</param>
/// <param name="Gain">Champion less candidate.</param>
/// <param name="Error">Standard error of the gain, as if outcomes were independent.</param>
public readonly record struct HeldOutScore(long Count, double Rule, double Champion, double Candidate, double Gain, double Error);
