using StreamSched.Avro.Records;
using CorePlan = StreamSched.Core.Rollouts.WindowPlan;

namespace StreamSched.Rollouts;

/// <summary>Who serves, as the records of <c>policies</c> say it.</summary>
/// <param name="Champion">The version that serves.</param>
/// <param name="Other">The challenger, or the former champion; null: none.</param>
/// <param name="Windows">Which windows are the other's; null exactly where there is no other.</param>
/// <param name="Shadow">Who is asked without serving; null: nobody.</param>
internal sealed record PolicyPlan(PolicySnapshot Champion, PolicySnapshot? Other, CorePlan? Windows, PolicySnapshot? Shadow);
