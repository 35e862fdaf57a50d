import java.time.Duration;
import java.util.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Prints partition and value (base64) of every record of a topic, by Kafka's own client: java -cp "$KAFKA_HOME/libs/*" Reader.java BOOTSTRAP TOPIC */
public class Reader {
    public static void main(String[] args) {
        Map<String, Object> config = Map.of("bootstrap.servers", args[0], "enable.auto.commit", false, "max.poll.records", 5000);
        try (var consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            var partitions = consumer.partitionsFor(args[1]).stream().map(p -> new TopicPartition(p.topic(), p.partition())).toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            var ends = consumer.endOffsets(partitions);
            var out = new java.io.PrintStream(new java.io.FileOutputStream(java.io.FileDescriptor.out), false);
            while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p)))
                for (var record : consumer.poll(Duration.ofMillis(500)))
                    if (record.value() != null) out.println(record.partition() + " " + Base64.getEncoder().encodeToString(record.value()));
            out.flush();
        }
    }
}
