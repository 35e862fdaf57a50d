using Spectre.Console;
using Spectre.Console.Rendering;

namespace StreamSched.Hosting;

/// <summary>The output boundary of tables and of the live view: texts within them are escaped (<see cref="Printable"/>), the console's own control sequences
/// are not.</summary>
internal sealed class PlainSegments : IRenderHook
{
    /// <inheritdoc/>
    public IEnumerable<IRenderable> Process(RenderOptions options, IEnumerable<IRenderable> renderables) => renderables.Select(r => new Plain(r));

    private sealed class Plain(IRenderable inner) : IRenderable
    {
        public Measurement Measure(RenderOptions options, int maxWidth) => inner.Measure(options, maxWidth);

        public IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
        {
            foreach (Segment segment in inner.Render(options, maxWidth))
            {
                string text = segment.IsControlCode || segment.IsLineBreak ? segment.Text : Printable.Lines(segment.Text);
                yield return ReferenceEquals(text, segment.Text) ? segment : new Segment(text, segment.Style);
            }
        }
    }
}
