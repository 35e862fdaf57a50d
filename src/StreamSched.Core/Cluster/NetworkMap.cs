namespace StreamSched.Core.Cluster;

/// <summary>
/// Which sites there are and what lies between them. Site 0 stands for every site that the settings do not name. Grows by one site at a time; not
/// thread-safe.
/// </summary>
public sealed class NetworkMap
{
    private readonly Dictionary<string, int> _sites = new(StringComparer.Ordinal) { [""] = 0 };
    private Link[] _links; // [from, to] row by row, _stride columns
    private int _stride = 8;
    private readonly Link _local;
    private readonly Link _other;

    /// <summary>Makes a map of which only the defaults are known.</summary>
    /// <param name="local">Within a site.</param>
    /// <param name="other">Between two sites for which nothing is given.</param>
    public NetworkMap(Link local, Link other)
    {
        (_local, _other) = (local, other);
        _links = new Link[_stride * _stride];
        _links[0] = other;
        Count = 1;
    }

    /// <summary>Number of sites, the unknown one included.</summary>
    public int Count { get; private set; }

    /// <summary>Index of a site; 0 where nobody named it.</summary>
    /// <param name="site">The site's name.</param>
    public int SiteIndex(string site) => _sites.GetValueOrDefault(site);

    /// <summary>Index of a site; 0 where nobody named it.</summary>
    /// <param name="site">The site's name.</param>
    public int SiteIndex(ReadOnlySpan<char> site) => _sites.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(site, out int index) ? index : 0;

    /// <summary>Index of a site, which is added if it is new. For sites from settings and registrations only: devices could name any number.</summary>
    /// <param name="site">The site's name.</param>
    public int Add(string site)
    {
        if (_sites.TryGetValue(site, out int index)) return index;
        index = Count;
        if (index == _stride)
        {
            Link[] wider = new Link[4 * _stride * _stride];
            for (int from = 0; from < index; from++) Row(from).CopyTo(wider.AsSpan(2 * _stride * from));
            (_links, _stride) = (wider, 2 * _stride);
        }

        Count++;
        _sites.Add(site, index);
        for (int to = 0; to < index; to++) this[index, to] = this[to, index] = _other;
        this[index, index] = _local;
        return index;
    }

    /// <summary>Sets a link in both directions.</summary>
    /// <param name="from">A site.</param>
    /// <param name="to">A site; may be the same.</param>
    /// <param name="link">What lies between them.</param>
    public void Set(string from, string to, Link link)
    {
        int a = Add(from), b = Add(to);
        this[a, b] = this[b, a] = link;
    }

    /// <summary>The links from a site to all sites, by index.</summary>
    /// <param name="from">A site's index.</param>
    public ReadOnlySpan<Link> Row(int from) => _links.AsSpan(from * _stride, Count);

    /// <summary>One direction of a link.</summary>
    /// <param name="from">A site's index.</param>
    /// <param name="to">A site's index.</param>
    public Link this[int from, int to]
    {
        get => _links[(from * _stride) + to];
        set => _links[(from * _stride) + to] = value;
    }
}
