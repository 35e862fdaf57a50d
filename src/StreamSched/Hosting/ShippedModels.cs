namespace StreamSched.Hosting;

/// <summary>The folder of models that comes with the program: beside it, or above it in a checkout. Never one that happens to lie in the working
/// directory.</summary>
internal static class ShippedModels
{
    /// <summary>Its path; null: it was left out.</summary>
    public static string? Folder { get; } = Find();

    /// <summary>The folder that an option names, else the one that comes with the program.</summary>
    /// <param name="named">The option's value; null: it was not given.</param>
    /// <exception cref="UsageException">It is not there.</exception>
    public static string Or(string? named)
    {
        if (named is not null && !Directory.Exists(named)) throw new UsageException($"the model folder '{named}' does not exist: give its path with --models");
        return named ?? Folder ?? throw new UsageException("no models come with this program: give the path of a model folder with --models");
    }

    private static string? Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string models = Path.Combine(folder.FullName, "models");
            if (File.Exists(Path.Combine(models, "fashion-s.onnx"))) return models;
        }

        return null;
    }
}
