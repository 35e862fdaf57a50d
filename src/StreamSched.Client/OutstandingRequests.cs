using StreamSched.Kafka.Identity;

namespace StreamSched.Client;

/// <summary>The requests that wait for their answers, and for a while those that do so no more. Safe for several threads.</summary>
internal sealed class OutstandingRequests(NameHash hash)
{
    // Later results follow the first within seconds: the work of a dead worker that was sent again, an EXPIRED that crossed with an answer.
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(2);
    private const int RememberedMost = 200_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<RequestKey, OutstandingRequest> _byKey = [];
    private readonly Dictionary<long, OutstandingRequest> _byToken = [];
    private readonly PriorityQueue<OutstandingRequest, long> _due = new();
    private readonly RecentRequestIds _answered = new(Remembered, RememberedMost);
    private readonly RecentRequestIds _givenUp = new(Remembered, RememberedMost);

    internal enum Claim
    {
        /// <summary>The first answer to a request that waits for it.</summary>
        First,

        /// <summary>A later one.</summary>
        Later,

        /// <summary>The first one, but nobody waits any more.</summary>
        TooLate,

        /// <summary>Somebody else's.</summary>
        Foreign,
    }

    public int Count
    {
        get
        {
            lock (_lock) return _byKey.Count;
        }
    }

    /// <exception cref="ArgumentException">A request with the same device and id is outstanding.</exception>
    public void Add(OutstandingRequest request, long due)
    {
        lock (_lock)
        {
            if (!_byKey.TryAdd(KeyOf(request), request))
                throw new ArgumentException($"a request {request.Request.Id} of {request.Request.Device} is outstanding already");
            _byToken.Add(request.Token, request);
            _due.Enqueue(request, due);
        }
    }

    /// <summary>Whose answer it is; the first one ends its request.</summary>
    /// <param name="id">The request's id.</param>
    /// <param name="device">The device's id in UTF-8.</param>
    /// <param name="now">µs.</param>
    /// <param name="request">The request that it ends.</param>
    public Claim Answer(Guid id, ReadOnlySpan<byte> device, long now, out OutstandingRequest? request)
    {
        RequestKey key = new(id, hash.Of(device));
        lock (_lock)
        {
            if (_byKey.Remove(key, out request))
            {
                _byToken.Remove(request.Token);
                request.HasEnded = true;
                _answered.Add(key, now);
                return Claim.First;
            }

            if (_answered.Contains(key)) return Claim.Later;
            if (!_givenUp.Contains(key)) return Claim.Foreign;
            _answered.Add(key, now);
            return Claim.TooLate;
        }
    }

    /// <summary>Takes a request out for which nobody waits any more.</summary>
    /// <returns>False if it has ended already.</returns>
    public bool GiveUp(OutstandingRequest request, long now)
    {
        lock (_lock)
        {
            if (request.HasEnded) return false;
            request.HasEnded = true;
            RequestKey key = KeyOf(request);
            _byKey.Remove(key);
            _byToken.Remove(request.Token);
            _givenUp.Add(key, now);
            return true;
        }
    }

    public OutstandingRequest? Find(long token)
    {
        lock (_lock) return _byToken.GetValueOrDefault(token);
    }

    /// <summary>The next request whose time to wait is over; it is still outstanding.</summary>
    /// <param name="timestamp">Of the injected clock.</param>
    public OutstandingRequest? TakeDue(long timestamp)
    {
        lock (_lock)
        {
            while (_due.TryPeek(out OutstandingRequest? request, out long due))
            {
                if (!request.HasEnded && due > timestamp) return null;
                _due.Dequeue();
                if (!request.HasEnded) return request;
            }

            return null;
        }
    }

    public OutstandingRequest[] All()
    {
        lock (_lock) return [.. _byKey.Values];
    }

    private RequestKey KeyOf(OutstandingRequest request) => new(request.Request.Id, hash.Of(request.Device));
}
