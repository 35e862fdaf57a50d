using StreamSched.Simulation.ScenarioFiles;
using StreamSched.Simulation.Scenarios;

namespace StreamSched.Simulation.Selection;

/// <summary>Devices that ask for one variant of a model for each of their requests: a cell of the experiment.</summary>
/// <param name="Name">How devices differ, and the part of the requests that is rated.</param>
/// <param name="Variants">What can be selected: every class runs all of them.</param>
/// <param name="Classes">Kinds of devices; each has as many.</param>
/// <param name="UsersDiffer">Whether every device has a user of its own.</param>
/// <param name="Rated">Part of the requests that is rated.</param>
/// <param name="Changes">Whether, in the middle, the variant that served best as the only one is right half as often as before.</param>
internal sealed record SelectionWorld(
    string Name, IReadOnlyList<VariantDefinition> Variants, IReadOnlyList<DeviceClass> Classes, bool UsersDiffer, double Rated, bool Changes)
{
    private const string Task = "classification";
    private static readonly double[] RatedShares = [1, 0.1, 0.02];
    private static readonly string[] Medium = ["pi5"], Apart = ["pi4", "agx-orin"];

    /// <summary>How many devices there are.</summary>
    public int Devices { get; init; } = 20;

    /// <summary>How long a run is. Every device asks once a second.</summary>
    public int Seconds { get; init; } = 3600;

    /// <summary>Ways of being different × parts that are rated, and one world that changes.</summary>
    /// <param name="catalogue">Measured variants and classes.</param>
    public static IReadOnlyList<SelectionWorld> All(CatalogueReader catalogue)
    {
        IReadOnlyList<VariantDefinition> variants =
        [
            .. catalogue.Variants.Values.Where(v => v.Task == Task && catalogue.Classes.Values.All(c => c.Services.Any(s => s.Variant == v.Name))),
        ];
        IReadOnlyList<DeviceClass> classes = [.. catalogue.Classes.Values.Select(c => Measured(c, variants))];
        (string Name, IReadOnlyList<DeviceClass> Classes, bool UsersDiffer)[] ways =
        [
            ("alike", Named(Medium), false), ("two classes", Named(Apart), false), ("all classes", classes, false), ("classes and users", classes, true),
        ];
        return
        [
            .. from way in ways
               from rated in RatedShares
               select new SelectionWorld(FormattableString.Invariant($"{way.Name}/{rated}"), variants, way.Classes, way.UsersDiffer, rated, Changes: false),
            new("classes and users/0.1/change", variants, classes, UsersDiffer: true, 0.1, Changes: true),
        ];

        IReadOnlyList<DeviceClass> Named(string[] names) => [.. names.Select(n => classes.Single(c => c.Name == n))];
    }

    private static DeviceClass Measured(WorkerClass kind, IReadOnlyList<VariantDefinition> variants)
    {
        ServiceDefinition[] quickest = [.. variants.Select(v => kind.Services.Where(s => s.Variant == v.Name).MinBy(s => s.Seconds[0])!)];
        return new DeviceClass(kind.Name, [.. quickest.Select(s => (double)s.Seconds[0])], [.. quickest.Select(s => s.Noise)]);
    }
}
