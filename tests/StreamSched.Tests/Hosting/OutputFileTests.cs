using StreamSched.Hosting;

namespace StreamSched.Tests.Hosting;

public sealed class OutputFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void C9_What_cannot_be_written_at_the_end_is_kept_elsewhere_and_said()
    {
        string folder = Path.Combine(_folder, "reports"), file = Path.Combine(folder, "report.json");
        OutputFile output = new(file, "--json-file");
        OutputFile.Check(output);
        Directory.Delete(folder);
        File.WriteAllText(folder, "somebody else's file, in the way of the folder");
        string said = output.Write(to => to.Write("hours of work"))!;
        Assert.StartsWith($"--json-file: '{file}' cannot be written (", said, StringComparison.Ordinal);
        string elsewhere = said[(said.LastIndexOf(" in ", StringComparison.Ordinal) + 4)..];
        Assert.Equal("hours of work", File.ReadAllText(elsewhere));
        File.Delete(elsewhere);
    }

    [Fact]
    public void C9_A_folder_that_is_gone_at_the_end_is_made_again()
    {
        string folder = Path.Combine(_folder, "reports"), file = Path.Combine(folder, "report.json");
        OutputFile output = new(file, "--json-file");
        OutputFile.Check(output);
        Directory.Delete(folder);
        Assert.Null(output.Write(to => to.Write("all")));
        Assert.Equal("all", File.ReadAllText(file));
    }

    [Fact]
    public void C9_A_file_that_is_there_keeps_what_it_holds_until_it_is_written()
    {
        string file = Path.Combine(_folder, "report.json");
        File.WriteAllText(file, "the last report");
        OutputFile.Check(new OutputFile(file, "--json-file"));
        Assert.Equal("the last report", File.ReadAllText(file));
        Assert.Throws<UsageException>(() => OutputFile.Named("-", "--json-file"));
        Assert.Null(OutputFile.Named(null, "--json-file"));
    }
}
