namespace StreamSched.Learning.Online;

/// <summary>What a period of learning has shown.</summary>
/// <param name="Score">On outcomes that were not learned from yet.</param>
/// <param name="IsWorthATrial">Whether what was learned is clearly better than what serves.</param>
internal readonly record struct LearnedPeriod(HeldOutScore Score, bool IsWorthATrial);
