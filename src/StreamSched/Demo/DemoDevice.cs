namespace StreamSched.Demo;

/// <summary>A device of the demo.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Site">Where it stands.</param>
/// <param name="Task">What it asks.</param>
/// <param name="Rate">Frames per second, in the mean.</param>
/// <param name="DeadlineMs">Its deadline.</param>
/// <param name="MinAccuracy">Its quality floor; 0: none.</param>
internal sealed record DemoDevice(string Id, string Site, string Task, double Rate, double DeadlineMs, float MinAccuracy);
