using StreamSched.Simulation.Selection;

namespace StreamSched.Tests.Simulation.Selection;

public class SelectionTraceTests
{
    [Fact]
    public void Quality_is_what_a_right_answer_counts_and_falls_with_time()
    {
        DeviceUser user = new(0, Patience: 0.1, Care: 0.6);
        Assert.Equal(1, user.Quality(true, 0), 9);
        Assert.Equal(0.4, user.Quality(false, 0), 9);
        Assert.Equal(0.6 + (0.4 / Math.E), user.Quality(true, 0.1), 9);
        Assert.Equal(0.6, user.Quality(true, 100), 9);
    }

    [Theory]
    [InlineData(0.6, 0, 0.5)]
    [InlineData(0.7, 0, 0.75)]
    [InlineData(0.9, 5, 1)]
    [InlineData(0.1, -5, 0)]
    public void A_rating_has_five_steps(double quality, double normal, double expected) => Assert.Equal(expected, DeviceUser.Rating(quality, normal));

    [Fact]
    public void The_part_of_the_requests_that_is_rated_is_as_stated()
    {
        SelectionTrace trace = new(SelectionExperimentTests.World("all classes/0.1"), 1);
        Recorder recorder = new(_ => 0);
        trace.Play(recorder);
        Assert.InRange(recorder.Ratings.Count, 0.09 * trace.Requests, 0.11 * trace.Requests);
        Assert.All(recorder.Ratings, r => Assert.InRange(r.Rating, 0, 1));
    }

    [Fact]
    public void A_rating_is_of_what_was_chosen_and_comes_two_to_ten_seconds_later()
    {
        const int Other = 1, At = 50;
        SelectionTrace trace = new(SelectionExperimentTests.World("all classes/1") with { Seconds = 100 }, 1);
        Recorder recorder = new(request => (int)trace.TimeOf(request) == At ? Other : 0);
        trace.Play(recorder);
        (int Device, int Variant, double Rating, int Request)[] ratings = [.. recorder.Ratings.Where(r => r.Variant == Other)];
        Assert.Equal(Enumerable.Range(0, trace.World.Devices), ratings.Select(r => r.Device).Order());
        Assert.All(ratings, r => Assert.InRange(trace.TimeOf(r.Request) - At, 2, 11));
        Assert.NotEqual(ratings.Select(r => r.Device), ratings.Select(r => r.Device).Order()); // in any order
    }

    [Fact]
    public void Devices_have_the_classes_in_turn_and_users_of_their_own_where_they_differ()
    {
        SelectionTrace alike = new(SelectionExperimentTests.World("all classes/1"), 1);
        SelectionTrace different = new(SelectionExperimentTests.World("all classes and users/1"), 1);
        Assert.All(alike.Users, u => Assert.Equal((DeviceUser.UsualPatience, DeviceUser.UsualCare), (u.Patience, u.Care)));
        Assert.Equal(different.Users.Count, different.Users.Select(u => (u.Patience, u.Care)).Distinct().Count());
        Assert.All(different.Users.Index(), u => Assert.Equal(u.Index % 10, u.Item.Class));
        Assert.All(different.Users, u => Assert.True(u is { Patience: > 0, Care: > 0 and < 1 }));
    }

    [Fact]
    public void A_better_variant_is_right_wherever_a_weaker_one_is()
    {
        SelectionTrace trace = new(SelectionExperimentTests.World("alike/1"), 2);
        double[] accuracies = [.. trace.World.Variants.Select((_, i) => trace.Mean([.. Enumerable.Repeat(i, trace.Requests)], 0, trace.Requests).Accuracy)];
        for (int v = 0; v < accuracies.Length; v++) Assert.Equal(trace.World.Variants[v].Accuracy, accuracies[v], 0.01);
        Assert.Equal(accuracies.Order(), accuracies.Index().OrderBy(a => trace.World.Variants[a.Index].Accuracy).Select(a => a.Item));
    }

    private sealed class Recorder(Func<int, int> choose) : IModelSelector
    {
        private int _last = -1;

        /// <summary>What it heard, and the request that was to be decided next.</summary>
        public List<(int Device, int Variant, double Rating, int Request)> Ratings { get; } = [];

        public int Choose(int request, int device)
        {
            _last = request;
            return choose(request);
        }

        public void Rated(int device, int variant, double rating) => Ratings.Add((device, variant, rating, _last + 1));
    }
}
