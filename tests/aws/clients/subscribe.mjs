// SubscribeToShard by the SDK for JavaScript, which speaks HTTP/2: what is there, what comes, and the end of a shard. Prints what it
// saw as a line of JSON.
import {
    CreateStreamCommand, DescribeStreamSummaryCommand, KinesisClient, PutRecordCommand, RegisterStreamConsumerCommand, SplitShardCommand,
    SubscribeToShardCommand,
} from "@aws-sdk/client-kinesis";
const kinesis = new KinesisClient({ maxAttempts: 1 });
const put = (text) => kinesis.send(new PutRecordCommand({ StreamName: "js", Data: Buffer.from(text), PartitionKey: "k" }));
await kinesis.send(new CreateStreamCommand({ StreamName: "js", ShardCount: 1 }));
const { StreamDescriptionSummary: { StreamARN } } = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName: "js" }));
const { Consumer: { ConsumerARN } } = await kinesis.send(new RegisterStreamConsumerCommand({ StreamARN, ConsumerName: "c" }));
await put("before");
const ShardId = "shardId-000000000000";
const { EventStream } = await kinesis.send(new SubscribeToShardCommand({ ConsumerARN, ShardId, StartingPosition: { Type: "TRIM_HORIZON" } }));
const seen = [];
for await (const { SubscribeToShardEvent: event } of EventStream) {
    for (const record of event.Records) seen.push(Buffer.from(record.Data).toString());
    if (event.ChildShards) { seen.push(...event.ChildShards.map((shard) => shard.ShardId)); break; }
    if (seen.length === 1) await put("after");
    if (seen.length === 2) await kinesis.send(new SplitShardCommand({ StreamName: "js", ShardToSplit: ShardId, NewStartingHashKey: `${2n ** 127n}` }));
}
console.log(JSON.stringify({ protocol: kinesis.config.requestHandler.metadata.handlerProtocol, seen }));
kinesis.destroy();
