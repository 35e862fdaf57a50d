Console.WriteLine("schemagen");
