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
        IReadOnlyList<WorkerClass> medium = Named(Medium), apart = Named(Apart), all = [.. catalogue.Classes.Values];
        (string Name, IReadOnlyList<WorkerClass> Classes, bool UsersDiffer)[] ways =
        [
            ("alike", medium, false), ("two classes", apart, false), ("two classes and users", apart, true), ("all classes", all, false),
            ("all classes and users", all, true),
        ];
        return
        [
            .. from way in ways from rated in RatedShares select Of(way.Name, way.Classes, way.UsersDiffer, rated, changes: false),
            Of("all classes and users", all, usersDiffer: true, 0.1, changes: true),
        ];

        IReadOnlyList<WorkerClass> Named(string[] names) => [.. names.Select(n => catalogue.Classes[n])];

        SelectionWorld Of(string name, IReadOnlyList<WorkerClass> classes, bool usersDiffer, double rated, bool changes)
        {
            IReadOnlyList<VariantDefinition> variants =
                [.. catalogue.Variants.Values.Where(v => v.Task == Task && classes.All(c => c.Services.Any(s => s.Variant == v.Name)))];
            return new SelectionWorld(
                FormattableString.Invariant($"{name}/{rated}{(changes ? "/change" : "")}"), variants, [.. classes.Select(c => Measured(c, variants))],
                usersDiffer, rated, changes);
        }
    }

    private static DeviceClass Measured(WorkerClass kind, IReadOnlyList<VariantDefinition> variants)
    {
        ServiceDefinition[] quickest = [.. variants.Select(v => kind.Services.Where(s => s.Variant == v.Name).MinBy(s => s.Seconds[0])!)];
        return new DeviceClass(kind.Name, [.. quickest.Select(s => (double)s.Seconds[0])], [.. quickest.Select(s => s.Noise)]);
    }
}
