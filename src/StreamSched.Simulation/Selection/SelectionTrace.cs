using StreamSched.Core.Policies;

namespace StreamSched.Simulation.Selection;

/// <summary>
/// What every selection would come to in a run of a world. A request has its draws whatever is chosen, so contenders are compared on the same ones: what a
/// variant gets right, a more accurate one gets right too, and a request that is slow is slow with every variant.
/// </summary>
internal sealed class SelectionTrace
{
    // Of the accuracy, after a change.
    private const double Drop = 0.5;

    // Until a rating is there, in seconds.
    private const double LeastDelay = 2, MostDelay = 10;

    private readonly float[] _quality, _seconds, _normals;
    private readonly bool[] _right;
    private readonly double[] _ratedAt;
    private readonly int _variants;

    /// <summary>Draws a run.</summary>
    /// <param name="world">The world.</param>
    /// <param name="seed">Its seed.</param>
    public SelectionTrace(SelectionWorld world, ulong seed)
    {
        World = world;
        _variants = world.Variants.Count;
        Requests = world.Devices * world.Seconds;
        (_quality, _seconds, _right) = (new float[Requests * _variants], new float[Requests * _variants], new bool[Requests * _variants]);
        (_normals, _ratedAt) = (new float[Requests], new double[Requests]);
        Users = DrawUsers(world, seed);
        RandomStream random = RandomStream.For(seed, "requests");
        ChangeAt = Requests;
        int dropped = -1;
        for (int r = 0; r < Requests; r++)
        {
            if (world.Changes && r == Requests / 2) (dropped, ChangeAt) = (Best(0, r, static _ => true), r);
            DeviceUser user = Users[DeviceOf(r)];
            DeviceClass kind = world.Classes[user.Class];
            double hard = random.NextDouble();
            (float normal, float uniform) = ((float)random.NextNormal(), random.NextSingle());
            for (int v = 0; v < _variants; v++)
            {
                int at = (r * _variants) + v;
                _seconds[at] = (float)kind.Seconds[v] * kind.Noise[v].Factor(normal, uniform);
                _right[at] = hard < world.Variants[v].Accuracy * (v == dropped ? Drop : 1);
                _quality[at] = (float)user.Quality(_right[at], _seconds[at]);
            }

            _normals[r] = (float)random.NextNormal();
            double rated = random.NextDouble(), delay = LeastDelay + ((MostDelay - LeastDelay) * random.NextDouble());
            _ratedAt[r] = rated < world.Rated ? TimeOf(r) + delay : double.PositiveInfinity;
        }
    }

    /// <summary>The world.</summary>
    public SelectionWorld World { get; }

    /// <summary>How many requests there are.</summary>
    public int Requests { get; }

    /// <summary>The request at which the world changes; their number where it does not.</summary>
    public int ChangeAt { get; }

    /// <summary>[devices].</summary>
    public IReadOnlyList<DeviceUser> Users { get; }

    /// <summary>Which device makes a request: one after the other.</summary>
    /// <param name="request">Its index.</param>
    public int DeviceOf(int request) => request % World.Devices;

    /// <summary>When a request is made, in seconds.</summary>
    /// <param name="request">Its index.</param>
    public double TimeOf(int request) => (double)request / World.Devices;

    /// <summary>The variant that would have served best as the only one, the first of equals.</summary>
    /// <param name="from">The first request.</param>
    /// <param name="to">The one after the last.</param>
    /// <param name="counts">Whether a device's requests count.</param>
    public int Best(int from, int to, Func<int, bool> counts)
    {
        double[] sums = new double[_variants];
        for (int r = from; r < to; r++)
        {
            if (!counts(DeviceOf(r))) continue;
            for (int v = 0; v < _variants; v++) sums[v] += _quality[(r * _variants) + v];
        }

        return Array.IndexOf(sums, sums.Max());
    }

    /// <summary>Lets a selector choose for every request, and tells it what is rated when it is.</summary>
    /// <param name="selector">Chooses.</param>
    /// <returns>[requests]: the variants.</returns>
    public int[] Play(IModelSelector selector)
    {
        int[] chosen = new int[Requests];
        PriorityQueue<int, double> rated = new();
        for (int r = 0; r < Requests; r++)
        {
            while (rated.TryPeek(out int old, out double at) && at <= TimeOf(r))
            {
                rated.Dequeue();
                selector.Rated(DeviceOf(old), chosen[old], DeviceUser.Rating(_quality[(old * _variants) + chosen[old]], _normals[old]));
            }

            chosen[r] = selector.Choose(r, DeviceOf(r));
            if (double.IsFinite(_ratedAt[r])) rated.Enqueue(r, _ratedAt[r]);
        }

        return chosen;
    }

    /// <summary>Mean quality of experience, accuracy and service time, in seconds, of what was chosen.</summary>
    /// <param name="chosen">[requests].</param>
    /// <param name="from">The first request.</param>
    /// <param name="to">The one after the last.</param>
    public (double Quality, double Accuracy, double Seconds) Mean(int[] chosen, int from, int to)
    {
        (double quality, double seconds, int right) = (0, 0, 0);
        for (int r = from; r < to; r++)
        {
            int at = (r * _variants) + chosen[r];
            (quality, seconds) = (quality + _quality[at], seconds + _seconds[at]);
            if (_right[at]) right++;
        }

        return (quality / (to - from), (double)right / (to - from), seconds / (to - from));
    }

    private static DeviceUser[] DrawUsers(SelectionWorld world, ulong seed)
    {
        RandomStream random = RandomStream.For(seed, "users");
        DeviceUser[] users = new DeviceUser[world.Devices];
        for (int d = 0; d < users.Length; d++)
        {
            int kind = d % world.Classes.Count;
            users[d] = world.UsersDiffer ? DeviceUser.Draw(kind, ref random) : new DeviceUser(kind, DeviceUser.UsualPatience, DeviceUser.UsualCare);
        }

        return users;
    }
}
