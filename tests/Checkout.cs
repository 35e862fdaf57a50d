namespace StreamSched.Tests;

/// <summary>Where the checkout is, for tests over files that are not built.</summary>
internal static class Checkout
{
    private static readonly string Root = Find();

    /// <summary>A path below the checkout's root.</summary>
    public static string Path(params string[] parts) => System.IO.Path.Combine([Root, .. parts]);

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(System.IO.Path.Combine(folder!.FullName, "StreamSched.sln"))) folder = folder.Parent;
        return folder.FullName;
    }
}
