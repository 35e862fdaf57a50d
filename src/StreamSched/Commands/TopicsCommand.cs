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
        Command check = CommandContext.WithJson(CommandContext.WithKafka(new Command(
            "check", "Compares the topics of a cluster with their contracts (schemas/README.md).")));
        CommandContext.Handle(check, context => Report(context, create: false));
        Command create = CommandContext.WithJson(CommandContext.WithKafka(new Command(
            "create", "Creates the topics that are missing; of those that exist, adds partitions and raises limits where they are too few and too low for "
                + "what goes with them.")));
        CommandContext.Handle(create, context => Report(context, create: true));
        return new Command("topics", "Checks or creates the topics.") { check, create };
    }

    private static async Task<int> Report(CommandContext context, bool create)
    {
        using TopicAdmin admin = new(context.Kafka(), context.Loggers, context.Time);
        TopicReport report = create ? await admin.CreateAsync().ConfigureAwait(false) : await admin.CheckAsync().ConfigureAwait(false);
        if (context.IsJson)
        {
            context.WriteJson(new
            {
                usable = report.IsUsable, created = report.Created, raised = report.Raised.Select(c => new { topic = c.Topic, text = c.Text }),
                refused = report.Refused.Select(c => new { topic = c.Topic, reason = c.Text }),
                differences = report.Differences.Select(d => new { topic = d.Topic, kind = d.Kind, text = d.Text, breaks = d.Breaks }),
                workTopics = report.WorkTopics,
            });
        }
        else
        {
            foreach (string topic in report.Created) await context.Out.WriteOneLineAsync($"created {topic}").ConfigureAwait(false);
            foreach (TopicChange change in report.Raised) await context.Out.WriteOneLineAsync($"raised  {change}").ConfigureAwait(false);
            foreach (TopicChange refusal in report.Refused) await context.Out.WriteOneLineAsync($"refused {refusal}").ConfigureAwait(false);
            foreach (TopicDifference difference in report.Differences)
                await context.Out.WriteOneLineAsync((difference.Breaks ? "wrong   " : "differs ") + difference).ConfigureAwait(false);
            if (report.Differences.Count == 0)
                await context.Out.WriteOneLineAsync($"all topics are as they should be; {report.WorkTopics.Count} worker topics").ConfigureAwait(false);
        }

        return report.IsUsable && report.Refused.Count == 0 ? ExitCodes.Ok : ExitCodes.Failure;
    }
}
