using System.CommandLine;
using StreamSched.Hosting;
using StreamSched.Kafka.Administration;

namespace StreamSched.Commands;

/// <summary><c>streamsched topics check | create</c>.</summary>
internal static class TopicsCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        Command check = Invocation.WithJson(Invocation.WithKafka(new Command("check", "Compares the topics of a cluster with their contracts (schemas/README.md).")));
        Invocation.Does(check, invocation => Report(invocation, create: false));
        Command create = Invocation.WithJson(Invocation.WithKafka(new Command(
            "create", "Creates the topics that are missing; of those that exist, adds partitions and raises limits where they are too few and too low for what goes with them.")));
        Invocation.Does(create, invocation => Report(invocation, create: true));
        return new Command("topics", "Checks or creates the topics.") { check, create };
    }

    private static async Task<int> Report(Invocation invocation, bool create)
    {
        using TopicAdmin admin = new(invocation.Kafka(), invocation.Loggers, invocation.Time);
        TopicReport report = create ? await admin.CreateAsync().ConfigureAwait(false) : await admin.CheckAsync().ConfigureAwait(false);
        if (invocation.IsJson)
        {
            invocation.WriteJson(new
            {
                usable = report.IsUsable, created = report.Created, raised = report.Raised.Select(c => new { topic = c.Topic, text = c.Text }),
                refused = report.Refused.Select(c => new { topic = c.Topic, reason = c.Text }),
                differences = report.Differences.Select(d => new { topic = d.Topic, kind = d.Kind, text = d.Text, breaks = d.Breaks }),
                workTopics = report.WorkTopics,
            });
        }
        else
        {
            foreach (string topic in report.Created) await invocation.Out.WriteOneLineAsync($"created {topic}").ConfigureAwait(false);
            foreach (TopicChange change in report.Raised) await invocation.Out.WriteOneLineAsync($"raised  {change}").ConfigureAwait(false);
            foreach (TopicChange refusal in report.Refused) await invocation.Out.WriteOneLineAsync($"refused {refusal}").ConfigureAwait(false);
            foreach (TopicDifference difference in report.Differences)
                await invocation.Out.WriteOneLineAsync((difference.Breaks ? "wrong   " : "differs ") + difference).ConfigureAwait(false);
            if (report.Differences.Count == 0)
                await invocation.Out.WriteOneLineAsync($"all topics are as they should be; {report.WorkTopics.Count} worker topics").ConfigureAwait(false);
        }

        return report.IsUsable && report.Refused.Count == 0 ? ExitCodes.Ok : ExitCodes.Failure;
    }
}
