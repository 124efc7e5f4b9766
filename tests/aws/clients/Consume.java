// A worker of the Kinesis Client Library. Prints "shard SHARD" when it begins with one, "ended SHARD" at its end, "record DATA" for each
// record, whose position it keeps; ends when its standard input does.
//
//   Consume STREAM WORKER polling|fanout
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import software.amazon.awssdk.services.cloudwatch.CloudWatchAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.kinesis.common.ConfigsBuilder;
import software.amazon.kinesis.common.InitialPositionInStream;
import software.amazon.kinesis.common.InitialPositionInStreamExtended;
import software.amazon.kinesis.common.KinesisClientUtil;
import software.amazon.kinesis.coordinator.Scheduler;
import software.amazon.kinesis.lifecycle.events.*;
import software.amazon.kinesis.processor.ShardRecordProcessor;
import software.amazon.kinesis.processor.SingleStreamTracker;
import software.amazon.kinesis.retrieval.polling.PollingConfig;

public class Consume {
    static synchronized void say(String text) {
        System.out.println(text);
        System.out.flush();
    }

    static class Processor implements ShardRecordProcessor {
        String shard;

        public void initialize(InitializationInput input) {
            shard = input.shardId();
            say("shard " + shard);
        }
        public void processRecords(ProcessRecordsInput input) {
            for (var record : input.records()) say("record " + StandardCharsets.UTF_8.decode(record.data()));
            try {
                if (!input.records().isEmpty()) input.checkpointer().checkpoint();
            } catch (Exception lost) {
                say("lost " + shard);
            }
        }
        public void leaseLost(LeaseLostInput input) {
            say("lost " + shard);
        }
        public void shardEnded(ShardEndedInput input) {
            say("ended " + shard);
            try {
                input.checkpointer().checkpoint();
            } catch (Exception failure) {
                say("failed " + failure);
            }
        }
        public void shutdownRequested(ShutdownRequestedInput input) {}
    }

    public static void main(String[] args) throws Exception {
        var kinesis = KinesisClientUtil.createKinesisAsyncClient(KinesisAsyncClient.builder());
        var tracker = new SingleStreamTracker(args[0], InitialPositionInStreamExtended.newInitialPosition(InitialPositionInStream.TRIM_HORIZON));
        var configs = new ConfigsBuilder(tracker, "kcl-" + args[0], kinesis, DynamoDbAsyncClient.create(), CloudWatchAsyncClient.create(), args[1], Processor::new);
        var retrieval = configs.retrievalConfig();
        if (args[2].equals("polling")) retrieval.retrievalSpecificConfig(new PollingConfig(args[0], kinesis).idleTimeBetweenReadsInMillis(200));
        var leases = configs.leaseManagementConfig().failoverTimeMillis(3000).shardSyncIntervalMillis(2000);
        var coordinator = configs.coordinatorConfig().parentShardPollIntervalMillis(500);
        var scheduler = new Scheduler(configs.checkpointConfig(), coordinator, leases, configs.lifecycleConfig(), configs.metricsConfig(), configs.processorConfig(), retrieval);
        var worker = new Thread(scheduler);
        worker.setDaemon(true);
        worker.start();
        while (System.in.read() >= 0) {}
        scheduler.startGracefulShutdown().get();
        System.exit(0);
    }
}
