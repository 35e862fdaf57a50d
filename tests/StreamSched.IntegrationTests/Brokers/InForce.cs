using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace StreamSched.IntegrationTests;

/// <summary>When a broker acts on what an administrator changed.</summary>
public static class InForce
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Waits until a cluster of one broker acts on every change that it has acknowledged. The controller acknowledges a change; the broker takes up
    /// changes later, several at once, one such batch after the other, and tells of a batch's topics before it acts on the batch. So a topic that is
    /// made now and told of is in the batch of the earlier changes or behind it, and one made after that is behind the batch.
    /// </summary>
    /// <exception cref="TimeoutException">It takes more than a minute.</exception>
    public static async Task InForceAsync(this IAdminClient admin)
    {
        string[] marks = [$"mark-{Guid.NewGuid():N}", $"mark-{Guid.NewGuid():N}"];
        foreach (string mark in marks)
        {
            await admin.CreateTopicsAsync([new TopicSpecification { Name = mark, NumPartitions = 1 }]);
            for (long began = TimeProvider.System.GetTimestamp(); admin.GetMetadata(Limit).Topics.All(topic => topic.Topic != mark);)
            {
                if (TimeProvider.System.GetElapsedTime(began) > Limit) throw new TimeoutException($"the broker does not tell of {mark}");
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            }
        }

        await admin.DeleteTopicsAsync(marks);
    }
}
