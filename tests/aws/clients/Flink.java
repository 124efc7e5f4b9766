// Flink's Kinesis connector reads a stream, by GetRecords or by SubscribeToShard, until it has seen so many records. Prints them as a
// line of JSON.
//
//   Flink STREAM COUNT POLLING|EFO
import java.util.Properties;
import java.util.TreeSet;
import org.apache.flink.api.common.serialization.SimpleStringSchema;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.connectors.kinesis.FlinkKinesisConsumer;

public class Flink {
    public static void main(String[] args) throws Exception {
        var told = new Properties();
        told.setProperty("aws.region", System.getenv("AWS_REGION"));
        told.setProperty("aws.endpoint", System.getenv("AWS_ENDPOINT_URL"));
        told.setProperty("flink.stream.initpos", "TRIM_HORIZON");
        told.setProperty("flink.stream.recordpublisher", args[2]);
        told.setProperty("flink.stream.efo.consumername", "flink");
        var flink = StreamExecutionEnvironment.createLocalEnvironment(2);
        var records = flink.addSource(new FlinkKinesisConsumer<>(args[0], new SimpleStringSchema(), told));
        var seen = new TreeSet<Integer>();
        try (var iterator = records.executeAndCollect()) {
            while (seen.size() < Integer.parseInt(args[1])) seen.add(Integer.valueOf(iterator.next()));
        }
        System.out.println("{\"seen\": " + seen + "}");
        System.exit(0);
    }
}
