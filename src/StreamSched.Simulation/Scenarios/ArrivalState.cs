namespace StreamSched.Simulation.Scenarios;

/// <summary>One hidden state of a Markov-modulated process.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Rate">Requests per second.</param>
/// <param name="MeanSeconds">Mean stay.</param>
internal sealed record ArrivalState(string Name, double Rate, double MeanSeconds);
