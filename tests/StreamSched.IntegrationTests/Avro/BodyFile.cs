using System.Buffers.Binary;

namespace StreamSched.IntegrationTests.Avro;

/// <summary>Encoded records one after another, each behind its length as a little-endian int; what the probes in other languages read and write.</summary>
internal static class BodyFile
{
    public static void Write(string path, IEnumerable<byte[]> bodies)
    {
        using var file = File.Create(path);
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach (byte[] body in bodies)
        {
            BinaryPrimitives.WriteInt32LittleEndian(length, body.Length);
            file.Write(length);
            file.Write(body);
        }
    }

    /// <summary>The bodies.</summary>
    public static List<byte[]> Read(string path) =>
        ReadResults(path).ConvertAll(body => body ?? throw new InvalidDataException($"{path} has an error in place of a body."));

    /// <summary>The bodies, null where the probe met an error.</summary>
    public static List<byte[]?> ReadResults(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        var bodies = new List<byte[]?>();
        for (int at = 0; at < bytes.Length;)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at));
            at += sizeof(int);
            bodies.Add(length < 0 ? null : bytes[at..(at + length)]);
            at += Math.Max(0, length);
        }
        return bodies;
    }
}
