// SubscribeToShard by the Java SDK's asynchronous client, which speaks CBOR and HTTP/2: what is there, what comes, and the end of a
// shard. Prints what it saw as a line of JSON.
import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardEvent;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardResponseHandler;

public class Subscribe {
    static final String STREAM = "java", SHARD = "shardId-000000000000";
    static KinesisAsyncClient kinesis;
    static final List<String> seen = Collections.synchronizedList(new ArrayList<>());

    static void put(String text) {
        kinesis.putRecord(r -> r.streamName(STREAM).partitionKey("k").data(SdkBytes.fromUtf8String(text)));
    }

    static void take(SubscribeToShardEvent event) {
        for (var record : event.records()) {
            seen.add(record.data().asUtf8String());
            if (seen.size() == 1) put("after");
            if (seen.size() == 2)
                kinesis.splitShard(r -> r.streamName(STREAM).shardToSplit(SHARD).newStartingHashKey(BigInteger.TWO.pow(127).toString()));
        }
        if (event.hasChildShards()) event.childShards().forEach(shard -> seen.add(shard.shardId()));
    }

    public static void main(String[] args) throws Exception {
        kinesis = KinesisAsyncClient.create();
        kinesis.createStream(r -> r.streamName(STREAM).shardCount(1)).get();
        kinesis.waiter().waitUntilStreamExists(r -> r.streamName(STREAM)).get();
        var arn = kinesis.describeStreamSummary(r -> r.streamName(STREAM)).get().streamDescriptionSummary().streamARN();
        var consumer = kinesis.registerStreamConsumer(r -> r.streamARN(arn).consumerName("c")).get().consumer();
        kinesis.putRecord(r -> r.streamName(STREAM).partitionKey("k").data(SdkBytes.fromUtf8String("before"))).get();
        var records = kinesis.getShardIterator(r -> r.streamName(STREAM).shardId(SHARD).shardIteratorType(ShardIteratorType.TRIM_HORIZON))
            .thenCompose(answer -> kinesis.getRecords(r -> r.shardIterator(answer.shardIterator()))).get();
        var age = System.currentTimeMillis() - records.records().get(0).approximateArrivalTimestamp().toEpochMilli();
        var handler = SubscribeToShardResponseHandler.builder()
            .subscriber(SubscribeToShardResponseHandler.Visitor.builder().onSubscribeToShardEvent(Subscribe::take).build()).build();
        kinesis.subscribeToShard(r -> r.consumerARN(consumer.consumerARN()).shardId(SHARD)
            .startingPosition(p -> p.type(ShardIteratorType.TRIM_HORIZON)), handler).get(60, TimeUnit.SECONDS);
        System.out.println("{\"age_ms\": " + age + ", \"seen\": [" + seen.stream().map(text -> '"' + text + '"').collect(Collectors.joining(", ")) + "]}");
        kinesis.close();
    }
}
