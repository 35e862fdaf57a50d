Console.WriteLine("streamsched");
