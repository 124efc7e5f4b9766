// SubscribeToShard by the SDK for Go: what is there, what comes, and the end of a shard. Prints what it saw as a line of JSON.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"math/big"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
)

var (
	stream = aws.String("go")
	shard  = aws.String("shardId-000000000000")
	ctx    = context.Background()
)

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func put(client *kinesis.Client, text string) {
	must(client.PutRecord(ctx, &kinesis.PutRecordInput{StreamName: stream, PartitionKey: aws.String("k"), Data: []byte(text)}))
}

func main() {
	client := kinesis.NewFromConfig(must(config.LoadDefaultConfig(ctx)))
	must(client.CreateStream(ctx, &kinesis.CreateStreamInput{StreamName: stream, ShardCount: aws.Int32(1)}))
	if err := kinesis.NewStreamExistsWaiter(client).Wait(ctx, &kinesis.DescribeStreamInput{StreamName: stream}, time.Minute); err != nil {
		log.Fatal(err)
	}
	summary := must(client.DescribeStreamSummary(ctx, &kinesis.DescribeStreamSummaryInput{StreamName: stream}))
	consumer := must(client.RegisterStreamConsumer(ctx, &kinesis.RegisterStreamConsumerInput{
		StreamARN: summary.StreamDescriptionSummary.StreamARN, ConsumerName: aws.String("c")}))
	put(client, "before")
	subscription := must(client.SubscribeToShard(ctx, &kinesis.SubscribeToShardInput{
		ConsumerARN: consumer.Consumer.ConsumerARN, ShardId: shard,
		StartingPosition: &types.StartingPosition{Type: types.ShardIteratorTypeTrimHorizon}}))
	seen := []string{}
	for event := range subscription.GetStream().Events() {
		pushed := event.(*types.SubscribeToShardEventStreamMemberSubscribeToShardEvent).Value
		for _, record := range pushed.Records {
			seen = append(seen, string(record.Data))
			if len(seen) == 1 {
				put(client, "after")
			}
			if len(seen) == 2 {
				half := new(big.Int).Lsh(big.NewInt(1), 127)
				must(client.SplitShard(ctx, &kinesis.SplitShardInput{StreamName: stream, ShardToSplit: shard, NewStartingHashKey: aws.String(half.String())}))
			}
		}
		for _, child := range pushed.ChildShards {
			seen = append(seen, *child.ShardId)
		}
	}
	if err := subscription.GetStream().Err(); err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(must(json.Marshal(map[string]any{"seen": seen}))))
}
