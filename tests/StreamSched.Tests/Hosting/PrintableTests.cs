using StreamSched.Hosting;

namespace StreamSched.Tests.Hosting;

/// <summary>What is escaped before it reaches a terminal.</summary>
public class PrintableTests
{
    [Theory]
    [InlineData("cam-1 at São Paulo, 東京, 😀", "cam-1 at São Paulo, 東京, 😀")]
    [InlineData("\e[31mred\e[0m", "\\u001b[31mred\\u001b[0m")]
    [InlineData("a\rb\nc\td", "a\\u000db\\u000ac\\u0009d")]
    [InlineData("\u009b31m", "\\u009b31m")]
    [InlineData("\u202Egnp.exe\u2066", "\\u202egnp.exe\\u2066")]
    [InlineData("zero\u200Bwidth\uFEFF", "zero\\u200bwidth\\ufeff")]
    [InlineData("\u2028\u2029\u0085", "\\u2028\\u2029\\u0085")]
    [InlineData("tag \U000E0041", "tag \\udb40\\udc41")]
    public void C5_Whatever_could_move_colour_reorder_or_hide_is_escaped(string text, string expected) => Assert.Equal(expected, Printable.Line(text));

    [Fact]
    public void C5_Half_of_a_pair_is_escaped() => Assert.Equal("half \\ud83d of a pair", Printable.Line("half \uD83D of a pair"));

    [Fact]
    public void What_is_harmless_is_not_copied()
    {
        string text = new('x', 100);
        Assert.Same(text, Printable.Line(text));
    }

    [Fact]
    public void Lines_of_the_program_s_own_stay_lines() => Assert.Equal("a\n\tb\\u001b", Printable.Lines("a\n\tb\e"));
}
