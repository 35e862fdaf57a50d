using StreamSched.Avro.Records;

namespace StreamSched.Schedulers;

/// <summary>What may stand in a request. The names of the fields go into the reason, as <c>invalid: field</c>.</summary>
internal static class RequestCheck
{
    public const int MaxNameBytes = 128;
    private const float MaxWeight = 1e6f;

    /// <summary>Whether the ids can be read, so that an answer would find its device.</summary>
    public static bool HasIds(in InferenceRequestView request) => request.Device.Length is > 0 and <= MaxNameBytes && request.Id != Guid.Empty;

    /// <summary>The first field with a value that cannot be served; null if there is none.</summary>
    public static string? InvalidField(in InferenceRequestView request, DispatchSettings settings)
    {
        if (request.Task.Length is 0 or > MaxNameBytes) return "task";
        if (request.Site.Length > MaxNameBytes) return "site";
        if (request.HasUser && request.User.Length > MaxNameBytes) return "user";
        if (request.DeadlineMicros is { } deadline && (deadline <= 0 || deadline > settings.MaxDeadline.TotalMicroseconds)) return "deadlineMicros";
        if (request.MinAccuracy is { } floor && floor is not (>= 0 and <= 1)) return "minAccuracy";
        if (request.Weight is not (> 0 and <= MaxWeight)) return "weight";
        if (request.Stage < 0) return "stage";
        if (request.Encoding is < PayloadEncoding.Tensor or > PayloadEncoding.Jpeg) return "encoding";
        if (request.Payload.IsEmpty || request.Payload.Length > settings.MaxPayloadBytes) return "payload";
        return null;
    }
}
