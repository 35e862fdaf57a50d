using StreamSched.Core.Policies;
using StreamSched.Core.Serving;

namespace StreamSched.Tests.Core.Serving;

/// <summary>A worker expires by what batches take, and not by a profile that they contradict.</summary>
public class LearnedExpiryTests
{
    private const int Millisecond = 1000;
    private readonly WorkQueue<int> _queue = new();
    private readonly ServiceTable _table = new(0.010f);
    private long _now;

    public LearnedExpiryTests() => _queue.SetTable(0, _table, 0);

    [Fact]
    public void A_profile_that_is_twice_too_long_throws_nothing_away_that_would_be_in_time()
    {
        Assert.True(Expires(7 * Millisecond));
        Run(30, 5);
        Assert.False(Expires(7 * Millisecond));
        Assert.True(Expires(4 * Millisecond));
    }

    [Fact]
    public void A_profile_that_is_twice_too_short_wastes_no_time_on_what_will_be_late()
    {
        Run(30, 20);
        Assert.True(Expires(15 * Millisecond));
        Assert.False(Expires(25 * Millisecond));
    }

    [Fact]
    public void Each_variant_has_its_own_estimate()
    {
        ServiceTable other = new(0.010f);
        _queue.SetTable(1, other, 0);
        for (int i = 0; i < 30; i++)
        {
            Run(1, 5);
            _queue.Measured(1, other, 1, 0.020f, _now);
        }

        Assert.False(Expires(7 * Millisecond, variant: 0));
        Assert.True(Expires(15 * Millisecond, variant: 1));
    }

    [Theory]
    [InlineData(10)] // nothing scatters
    [InlineData(1_000)]
    public void One_hiccup_throws_nothing_away_that_has_half_as_much_time_again(int hiccup)
    {
        Run(30, 10);
        Run(1, hiccup * 10);
        Assert.False(Expires(15 * Millisecond));
        Run(8, 10);
        Assert.False(Expires(11 * Millisecond));
    }

    [Fact]
    public void A_lasting_slow_down_is_followed_within_twenty_batches()
    {
        Run(100, 10);
        Run(20, 40);
        Assert.True(Expires(35 * Millisecond));
        Assert.False(Expires(42 * Millisecond));
    }

    [Fact]
    public void After_a_slow_phase_in_which_everything_expired_the_estimate_sinks_back_to_the_profile()
    {
        Run(30, 80);
        Assert.True(Expires(30 * Millisecond)); // the machine is quick again, and nobody knows

        // Requests with 30 ms left, one every 10 ms: whatever is let in takes 10 ms and is measured.
        int served = 0, lost = 0;
        for (long end = _now + 10_000_000; _now < end; _now += 10 * Millisecond)
        {
            if (Expires(30 * Millisecond)) lost++;
            else
            {
                served++;
                _queue.Measured(0, _table, 1, 0.010f, _now + (10 * Millisecond));
            }
        }

        Assert.InRange(lost, 1, 600); // a second, and what it takes from eight times to three times
        Assert.InRange(served, 400, 999);
    }

    [Fact]
    public void A_profile_that_is_too_long_for_every_deadline_is_found_out_by_trials()
    {
        // Ten requests a second with 7 ms left, where the profile says 10 and batches take 5.
        int lost = 0;
        for (; _now < 60_000_000; _now += 100 * Millisecond)
        {
            if (Expires(7 * Millisecond)) lost++;
            else _queue.Measured(0, _table, 1, 0.005f, _now + (5 * Millisecond));
        }

        Assert.InRange(lost, 1, 300);
    }

    [Fact]
    public void A_trial_is_given_to_none_whose_time_is_over()
    {
        _now = 6_000_000; // long after anything was measured
        Assert.False(Expires(1 * Millisecond));
        Assert.True(Expires(-1));
    }

    [Fact]
    public void A_trial_costs_a_five_hundredth_of_the_processor_at_most_however_long_a_batch_takes()
    {
        ServiceTable slow = new(0.5f);
        _queue.SetTable(1, slow, 0);
        _now = 249_000_000;
        Assert.True(Expires(400 * Millisecond, variant: 1));
        _now = 251_000_000;
        Assert.False(Expires(400 * Millisecond, variant: 1));
    }

    [Fact]
    public void A_new_model_starts_at_its_own_profile_and_the_same_one_goes_on()
    {
        Run(30, 5);
        _queue.SetTable(0, _table, _now); // as when another model of the folder changed
        Assert.False(Expires(7 * Millisecond));

        ServiceTable replaced = new(0.010f);
        _queue.SetTable(0, replaced, _now);
        Assert.True(Expires(7 * Millisecond));

        _queue.Measured(0, _table, 1, 0.001f, _now); // a batch of the former model that ended now
        Assert.True(Expires(7 * Millisecond));
        Assert.Equal(0.010f, _queue.Expected(0, 1, _now));
    }

    [Fact]
    public void Batches_are_compared_with_the_time_of_their_size()
    {
        ServiceTable batches = new([1, 8], [0.010f, 0.024f], 8);
        _queue.SetTable(0, batches, 0);
        for (int i = 0; i < 30; i++) _queue.Measured(0, batches, 8, 0.024f, _now);
        Assert.Equal(0.010f, _queue.Expected(0, 1, _now), 4);
        for (int i = 0; i < 30; i++) _queue.Measured(0, batches, 8, 0.012f, _now);
        Assert.Equal(0.005f, _queue.Expected(0, 1, _now), 3);
    }

    [Fact]
    public void A_batch_grows_to_what_lets_its_most_urgent_member_finish_as_measured()
    {
        ServiceTable batches = new([1, 2, 4, 8], [0.010f, 0.012f, 0.016f, 0.024f], 8);
        _queue.SetTable(0, batches, 0);
        for (int i = 0; i < 30; i++) _queue.Measured(0, batches, 8, 0.012f, _now);
        for (int i = 0; i < 8; i++) _queue.Add(0, new Waiting<int>(i, _now + (13 * Millisecond)));
        Assert.Equal(8, _queue.TryTakeBatch(_now, new Waiting<int>[16], out _)); // 4 by the profile
    }

    [Theory]
    [InlineData(0.15)]
    [InlineData(0.6)]
    [InlineData(1.0)]
    public void Scatter_about_a_right_profile_moves_the_estimate_by_little(double deviation)
    {
        RandomStream random = new(7);
        double error = 0;
        for (int i = 0; i < 5000; i++)
        {
            _queue.Measured(0, _table, 1, 0.010f * (float)Math.Exp((deviation * random.NextNormal()) - (deviation * deviation / 2)), _now += 10 * Millisecond);
            error += Math.Abs(_queue.Expected(0, 1, _now) - 0.010) / 0.010 / 5000;
        }

        Assert.InRange(error, 0, 0.05);
    }

    [Fact]
    public void What_waits_is_counted_as_it_will_take()
    {
        Run(30, 20);
        _queue.Add(0, new Waiting<int>(1, long.MaxValue));
        Assert.InRange(_queue.BacklogSeconds(_now), 0.019, 0.020); // by as much as measurements are sure of
    }

    [Fact]
    public void Absurd_measurements_count_for_nothing()
    {
        foreach (float seconds in (float[])[0, -1, float.NaN, float.PositiveInfinity]) _queue.Measured(0, _table, 1, seconds, _now);
        _queue.Measured(0, _table, 0, 1, _now);
        Assert.Equal(0.010f, _queue.Expected(0, 1, _now));
    }

    private void Run(int batches, float milliseconds)
    {
        for (int i = 0; i < batches; i++) _queue.Measured(0, _table, 1, milliseconds * 1e-3f, _now += (long)(milliseconds * Millisecond));
    }

    // Whether a request that must leave in so many µs is turned away on a free processor.
    private bool Expires(long left, int variant = 0)
    {
        _queue.Add(variant, new Waiting<int>(1, _now + left));
        if (_queue.TryTakeExpired(_now, out _, out _)) return true;
        Assert.True(_queue.TryTakeAny(variant, out _));
        return false;
    }
}
