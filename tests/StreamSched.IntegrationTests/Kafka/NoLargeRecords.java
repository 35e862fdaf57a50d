import java.util.Map;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.server.policy.AlterConfigPolicy;
import org.apache.kafka.server.policy.CreateTopicPolicy;

/** Judges new topics, as owners of shared brokers do (create.topic.policy.class.name). */
public class NoLargeRecords implements CreateTopicPolicy {
    @Override
    public void configure(Map<String, ?> settings) {
    }

    @Override
    public void validate(RequestMetadata request) {
        judge(request.configs());
    }

    @Override
    public void close() {
    }

    private static void judge(Map<String, String> settings) {
        if (settings != null && Long.parseLong(settings.getOrDefault("max.message.bytes", "0")) > 1_100_000)
            throw new PolicyViolationException("the owner of these brokers takes no records above 1100000 bytes");
    }

    /** The same for changes (alter.config.policy.class.name). */
    public static class Alter implements AlterConfigPolicy {
        @Override
        public void configure(Map<String, ?> settings) {
        }

        @Override
        public void validate(RequestMetadata request) {
            judge(request.configs());
        }

        @Override
        public void close() {
        }
    }
}
