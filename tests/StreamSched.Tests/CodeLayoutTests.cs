namespace StreamSched.Tests;

/// <summary>How code is laid out.</summary>
public class CodeLayoutTests
{
    private const int MostColumns = 160;

    [Fact]
    public void No_line_of_code_is_longer_than_160_columns()
    {
        string[] files =
        [
            .. ((string[])["src", "tests", "eng", "samples"]).SelectMany(folder => ((string[])["*.cs", "*.py", "*.sh", "*.js", "*.css"])
                .SelectMany(pattern => Directory.EnumerateFiles(Checkout.Path(folder), pattern, SearchOption.AllDirectories)))
                .Where(file => !file.EndsWith(".g.cs", StringComparison.Ordinal) && !file.Contains("/obj/", StringComparison.Ordinal)),
        ];
        Assert.True(files.Length > 500, $"{files.Length} files");
        string longer = string.Join('\n', files.SelectMany(file => File.ReadLines(file)
            .Select((text, at) => (Place: $"{Path.GetRelativePath(Checkout.Path("."), file)}:{at + 1}", text.Length))
            .Where(line => line.Length > MostColumns).Select(line => $"{line.Place}: {line.Length} columns")));
        Assert.True(longer.Length == 0, longer);
    }
}
