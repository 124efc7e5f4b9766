// The Kinesis Producer Library puts so many records, which it packs into few. Prints how many it was told are stored as a line of JSON.
//
//   Produce STREAM COUNT
import com.google.common.util.concurrent.ListenableFuture;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider;
import software.amazon.kinesis.producer.KinesisProducer;
import software.amazon.kinesis.producer.KinesisProducerConfiguration;
import software.amazon.kinesis.producer.UserRecordResult;

public class Produce {
    public static void main(String[] args) throws Exception {
        var endpoint = URI.create(System.getenv("AWS_ENDPOINT_URL"));
        var told = new KinesisProducerConfiguration().setRegion(System.getenv("AWS_REGION")).setCredentialsProvider(EnvironmentVariableCredentialsProvider.create())
            .setKinesisEndpoint(endpoint.getHost()).setKinesisPort(endpoint.getPort()).setCloudwatchEndpoint(endpoint.getHost()).setCloudwatchPort(endpoint.getPort())
            .setStsEndpoint(endpoint.getHost()).setStsPort(endpoint.getPort()).setVerifyCertificate(false);
        var producer = new KinesisProducer(told);
        var outcomes = new ArrayList<ListenableFuture<UserRecordResult>>();
        for (int n = 0; n < Integer.parseInt(args[1]); ++n)
            outcomes.add(producer.addUserRecord(args[0], "key" + n % 7, ByteBuffer.wrap(Integer.toString(n).getBytes(StandardCharsets.UTF_8))));
        producer.flushSync();
        int stored = 0;
        for (var outcome : outcomes) stored += outcome.get().isSuccessful() ? 1 : 0;
        System.out.println("{\"stored\": " + stored + "}");
        producer.destroy();
        System.exit(0);
    }
}
