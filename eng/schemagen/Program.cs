// Writes src/StreamSched.Avro/Records/ from schemas/. Run from anywhere in the checkout: dotnet run --project eng/schemagen
using StreamSched.SchemaGen;

var root = new DirectoryInfo(Environment.CurrentDirectory);
while (root is not null && !File.Exists(Path.Combine(root.FullName, "StreamSched.sln"))) root = root.Parent;
if (root is null)
{
    Console.Error.WriteLine("schemagen: run it inside the checkout (no StreamSched.sln found above the current folder)");
    return 1;
}

try
{
    string target = Path.Combine(root.FullName, "src", "StreamSched.Avro", "Records");
    var files = CodeGenerator.Generate(Path.Combine(root.FullName, "schemas"));
    Directory.CreateDirectory(target);
    foreach (string stale in Directory.EnumerateFiles(target, "*.g.cs").Where(path => !files.ContainsKey(Path.GetFileName(path)))) File.Delete(stale);
    foreach (var (name, content) in files) File.WriteAllText(Path.Combine(target, name), content);
    Console.WriteLine($"{files.Count} files in {target}");
    return 0;
}
catch (SchemaException fault)
{
    Console.Error.WriteLine($"schemagen: {fault.Message}");
    return 1;
}
