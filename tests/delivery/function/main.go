// A Lambda function that transforms records, on AWS's own library for Go: capitals, and a partition key.
package main

import (
	"context"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

func transform(_ context.Context, event events.KinesisFirehoseEvent) (events.KinesisFirehoseResponse, error) {
	var answer events.KinesisFirehoseResponse
	for _, record := range event.Records {
		made := events.KinesisFirehoseResponseRecord{RecordID: record.RecordID, Result: events.KinesisFirehoseTransformedStateOk}
		switch text := string(record.Data); text {
		case "drop":
			made.Result = events.KinesisFirehoseTransformedStateDropped
		case "fail":
			made.Result = events.KinesisFirehoseTransformedStateProcessingFailed
		case "panic":
			panic("as it was told")
		default:
			made.Data = []byte(strings.ToUpper(text))
			made.Metadata = events.KinesisFirehoseResponseRecordMetadata{PartitionKeys: map[string]string{"first": text[:1], "shard": record.KinesisFirehoseRecordMetadata.ShardID}}
		}
		answer.Records = append(answer.Records, made)
	}
	return answer, nil
}

func main() { lambda.Start(transform) }
