namespace StreamSched.Onnx.Models;

/// <summary>What a name in a model folder leads to.</summary>
internal enum FileKind
{
    /// <summary>Nothing, or a link into nothing.</summary>
    Missing,

    /// <summary>A file with content that ends.</summary>
    File,

    /// <summary>A folder.</summary>
    Directory,

    /// <summary>A named pipe: whoever opens it waits for somebody at its other end.</summary>
    Pipe,

    /// <summary>A socket.</summary>
    Socket,

    /// <summary>A device, such as one that gives zeros without end.</summary>
    Device,

    /// <summary>The system refuses to say.</summary>
    Unreadable,
}
