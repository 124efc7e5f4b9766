#include "core/aws/kinesis_shapes.hpp"

#include <algorithm>
#include <array>

namespace kns::aws {
namespace {

using enum ShapeType;

constexpr Shape kStreamName{.type = text, .min = 1, .max = 128, .pattern = "[a-zA-Z0-9_.-]+"};
constexpr Shape kTagKey{.type = text, .min = 1, .max = 128};
constexpr Shape kTagValue{.type = text, .min = 0, .max = 256};
constexpr Shape kTagMap{.type = map, .min = 1, .max = 200, .key = &kTagKey, .element = &kTagValue};
constexpr Shape kStreamARN{.type = text, .min = 1, .max = 2048, .pattern = "arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+"};
constexpr Shape kStreamId{.type = text, .min = 1, .max = 24, .pattern = "[a-z0-9]{20}-[a-z0-9]{3}"};
constexpr Member kAddTagsToStreamInputMembers[] = {
    {"StreamName", &kStreamName},
    {"Tags", &kTagMap, true},
    {"StreamARN", &kStreamARN},
    {"StreamId", &kStreamId},
};
constexpr Shape kAddTagsToStreamInput{.type = structure, .members = kAddTagsToStreamInputMembers};
constexpr Shape kPositiveIntegerObject{.type = integer, .min = 1};
constexpr std::string_view kStreamModeValues[] = {"PROVISIONED", "ON_DEMAND"};
constexpr Shape kStreamMode{.type = text, .values = kStreamModeValues};
constexpr Member kStreamModeDetailsMembers[] = {
    {"StreamMode", &kStreamMode, true},
};
constexpr Shape kStreamModeDetails{.type = structure, .members = kStreamModeDetailsMembers};
constexpr Shape kNaturalIntegerObject{.type = integer, .min = 0};
constexpr Shape kMaxRecordSizeInKiB{.type = integer, .min = 1024, .max = 10240};
constexpr std::string_view kRecordDistributionStrategyValues[] = {"AUTO", "USER_PARTITION_KEY"};
constexpr Shape kRecordDistributionStrategy{.type = text, .values = kRecordDistributionStrategyValues};
constexpr Member kCreateStreamInputMembers[] = {
    {"StreamName", &kStreamName, true},
    {"ShardCount", &kPositiveIntegerObject},
    {"StreamModeDetails", &kStreamModeDetails},
    {"Tags", &kTagMap},
    {"WarmThroughputMiBps", &kNaturalIntegerObject},
    {"MaxRecordSizeInKiB", &kMaxRecordSizeInKiB},
    {"RecordDistributionStrategy", &kRecordDistributionStrategy},
};
constexpr Shape kCreateStreamInput{.type = structure, .members = kCreateStreamInputMembers};
constexpr Shape kRetentionPeriodHours{.type = integer};
constexpr Member kDecreaseStreamRetentionPeriodInputMembers[] = {
    {"StreamName", &kStreamName},
    {"RetentionPeriodHours", &kRetentionPeriodHours, true},
    {"StreamARN", &kStreamARN},
    {"StreamId", &kStreamId},
};
constexpr Shape kDecreaseStreamRetentionPeriodInput{.type = structure, .members = kDecreaseStreamRetentionPeriodInputMembers};
constexpr Shape kResourceARN{
    .type = text, .min = 1, .max = 2048, .pattern = "arn:aws.*:kinesis:.*:\\d{12}:.*(stream|channel|queue)/\\S+"};
constexpr Member kDeleteResourcePolicyInputMembers[] = {
    {"ResourceARN", &kResourceARN, true},
    {"StreamId", &kStreamId},
};
constexpr Shape kDeleteResourcePolicyInput{.type = structure, .members = kDeleteResourcePolicyInputMembers};
constexpr Shape kBooleanObject{.type = boolean};
constexpr Member kDeleteStreamInputMembers[] = {
    {"StreamName", &kStreamName},
    {"EnforceConsumerDeletion", &kBooleanObject},
    {"StreamARN", &kStreamARN},
    {"StreamId", &kStreamId},
};
constexpr Shape kDeleteStreamInput{.type = structure, .members = kDeleteStreamInputMembers};
constexpr Shape kConsumerName{.type = text, .min = 1, .max = 128, .pattern = "[a-zA-Z0-9_.-]+"};
constexpr Shape kConsumerARN{
    .type = text,
    .min = 1,
    .max = 2048,
    .pattern = "^(arn):aws.*:kinesis:.*:\\d{12}:.*stream\\/[a-zA-Z0-9_.-]+\\/consumer\\/[a-zA-Z0-9_.-]+:[0-9]+"};
constexpr Member kDeregisterStreamConsumerInputMembers[] = {
    {"StreamARN", &kStreamARN},
    {"ConsumerName", &kConsumerName},
    {"ConsumerARN", &kConsumerARN},
    {"StreamId", &kStreamId},
};
constexpr Shape kDeregisterStreamConsumerInput{.type = structure, .members = kDeregisterStreamConsumerInputMembers};
constexpr Shape kDescribeAccountSettingsInput{.type = structure};
constexpr Shape kDescribeLimitsInput{.type = structure};
constexpr Shape kDescribeStreamInputLimit{.type = integer, .min = 1, .max = 10000};
constexpr Shape kShardId{.type = text, .min = 1, .max = 128, .pattern = "[a-zA-Z0-9_.-]+"};
constexpr Member kDescribeStreamInputMembers[] = {
    {"StreamName", &kStreamName},
    {"Limit", &kDescribeStreamInputLimit},
    {"ExclusiveStartShardId", &kShardId},
    {"StreamARN", &kStreamARN},
    {"StreamId", &kStreamId},
};
constexpr Shape kDescribeStreamInput{.type = structure, .members = kDescribeStreamInputMembers};
constexpr Member kDescribeStreamConsumerInputMembers[] = {
    {"StreamARN", &kStreamARN},
    {"ConsumerName", &kConsumerName},
    {"ConsumerARN", &kConsumerARN},
    {"StreamId", &kStreamId},
};
constexpr Shape kDescribeStreamConsumerInput{.type = structure, .members = kDescribeStreamConsumerInputMembers};
constexpr Member kDescribeStreamSummaryInputMembers[] = {
    {"StreamName", &kStreamName},
    {"StreamARN", &kStreamARN},
    {"StreamId", &kStreamId},
};
constexpr Shape kDescribeStreamSummaryInput{.type = structure, .members = kDescribeStreamSummaryInputMembers};
constexpr std::string_view kMetricsNameValues[] = {"IncomingBytes",
                                                   "IncomingRecords",
                                                   "OutgoingBytes",
                                                   "OutgoingRecords",
                                                   "WriteProvisionedThroughputExceeded",
                                                   "ReadProvisionedThroughputExceeded",
                                                   "IteratorAgeMilliseconds",
                                                   "ALL"};
constexpr Shape kMetricsName{.type = text, .values = kMetricsNameValues};
constexpr Shape kMetricsNameList{.type = list, .min = 1, .max = 7, .element = &kMetricsName};
constexpr Member kDisableEnhancedMonitoringInputMembers[] = {
    {"StreamName", &kStreamName},
    {"ShardLevelMetrics", &kMetricsNameList, true},
    {"StreamARN", &kStreamARN},
    {"StreamId", &kStreamId},
};
constexpr Shape kDisableEnhancedMonitoringInput{.type = structure, .members = kDisableEnhancedMonitoringInputMembers};
constexpr Member kEnableEnhancedMonitoringInputMembers[] = {
    {"StreamName", &kStreamName},
    {"ShardLevelMetrics", &kMetricsNameList, true},
    {"StreamARN", &kStreamARN},
    {"StreamId", &kStreamId},
};
constexpr Shape kEnableEnhancedMonitoringInput{.type = structure, .members = kEnableEnhancedMonitoringInputMembers};
constexpr Shape kShardIterator{.type = text, .min = 1, .max = 512};
constexpr Shape kGetRecordsInputLimit{.type = integer, .min = 1, .max = 10000};
constexpr Member kGetRecordsInputMembers[] = {
    {"ShardIterator", &kShardIterator, true},
    {"Limit", &kGetRecordsInputLimit},
    {"StreamARN", &kStreamARN},
    {"StreamId", &kStreamId},
    {"DryRun", &kBooleanObject},
};
constexpr Shape kGetRecordsInput{.type = structure, .members = kGetRecordsInputMembers};
constexpr Member kGetResourcePolicyInputMembers[] = {
    {"ResourceARN", &kResourceARN, true},
    {"StreamId", &kStreamId},
};
constexpr Shape kGetResourcePolicyInput{.type = structure, .members = kGetResourcePolicyInputMembers};
constexpr std::string_view kShardIteratorTypeValues[] = {"AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER", "TRIM_HORIZON", "LATEST",
                                                         "AT_TIMESTAMP"};
constexpr Shape kShardIteratorType{.type = text, .values = kShardIteratorTypeValues};
constexpr Shape kSequenceNumber{.type = text, .pattern = "^(0|([1-9]\\d{0,128}))$"};
constexpr Shape kTimestamp{.type = timestamp};
constexpr Member kGetShardIteratorInputMembers[] = {
    {"StreamName", &kStreamName},
    {"ShardId", &kShardId, true},
    {"ShardIteratorType", &kShardIteratorType, true},
    {"StartingSequenceNumber", &kSequenceNumber},
    {"Timestamp", &kTimestamp},
    {"StreamARN", &kStreamARN},
    {"StreamId", &kStreamId},
    {"DryRun", &kBooleanObject},
};
constexpr Shape kGetShardIteratorInput{.type = structure, .members = kGetShardIteratorInputMembers};
constexpr Member kIncreaseStreamRetentionPeriodInputMembers[] = {
    {"StreamName", &kStreamName},
    {"RetentionPeriodHours", &kRetentionPeriodHours, true},
    {"StreamARN", &kStreamARN},
    {"StreamId", &kStreamId},
};
constexpr Shape kIncreaseStreamRetentionPeriodInput{.type = structure, .members = kIncreaseStreamRetentionPeriodInputMembers};
constexpr Shape kNextToken{.type = text, .min = 1, .max = 1048576};
constexpr Shape kListShardsInputLimit{.type = integer, .min = 1, .max = 10000};
constexpr std::string_view kShardFilterTypeValues[] = {"AFTER_SHARD_ID", "AT_TRIM_HORIZON", "FROM_TRIM_HORIZON",
                                                       "AT_LATEST",      "AT_TIMESTAMP",    "FROM_TIMESTAMP"};
constexpr Shape kShardFilterType{.type = text, .values = kShardFilterTypeValues};
constexpr Member kShardFilterMembers[] = {
    {"Type", &kShardFilterType, true},
    {"ShardId", &kShardId},
    {"Timestamp", &kTimestamp},
};
constexpr Shape kShardFilter{.type = structure, .members = kShardFilterMembers};
constexpr Member kListShardsInputMembers[] = {
    {"StreamName", &kStreamName},
    {"NextToken", &kNextToken},
    {"ExclusiveStartShardId", &kShardId},
    {"MaxResults", &kListShardsInputLimit},
    {"StreamCreationTimestamp", &kTimestamp},
    {"ShardFilter", &kShardFilter},
    {"StreamARN", &kStreamARN},
    {"StreamId", &kStreamId},
};
constexpr Shape kListShardsInput{.type = structure, .members = kListShardsInputMembers};
constexpr Shape kListStreamConsumersInputLimit{.type = integer, .min = 1, .max = 10000};
constexpr Member kListStreamConsumersInputMembers[] = {
    {"StreamARN", &kStreamARN, true},         {"NextToken", &kNextToken}, {"MaxResults", &kListStreamConsumersInputLimit},
    {"StreamCreationTimestamp", &kTimestamp}, {"StreamId", &kStreamId},
};
constexpr Shape kListStreamConsumersInput{.type = structure, .members = kListStreamConsumersInputMembers};
constexpr Shape kListStreamsInputLimit{.type = integer, .min = 1, .max = 10000};
constexpr Member kListStreamsInputMembers[] = {
    {"Limit", &kListStreamsInputLimit},
    {"ExclusiveStartStreamName", &kStreamName},
    {"NextToken", &kNextToken},
};
constexpr Shape kListStreamsInput{.type = structure, .members = kListStreamsInputMembers};
constexpr Member kListTagsForResourceInputMembers[] = {
    {"ResourceARN", &kResourceARN, true},
    {"StreamId", &kStreamId},
};
constexpr Shape kListTagsForResourceInput{.type = structure, .members = kListTagsForResourceInputMembers};
constexpr Shape kListTagsForStreamInputLimit{.type = integer, .min = 1, .max = 50};
constexpr Member kListTagsForStreamInputMembers[] = {
    {"StreamName", &kStreamName}, {"ExclusiveStartTagKey", &kTagKey}, {"Limit", &kListTagsForStreamInputLimit},
    {"StreamARN", &kStreamARN},   {"StreamId", &kStreamId},
};
constexpr Shape kListTagsForStreamInput{.type = structure, .members = kListTagsForStreamInputMembers};
constexpr Member kMergeShardsInputMembers[] = {
    {"StreamName", &kStreamName}, {"ShardToMerge", &kShardId, true}, {"AdjacentShardToMerge", &kShardId, true},
    {"StreamARN", &kStreamARN},   {"StreamId", &kStreamId},
};
constexpr Shape kMergeShardsInput{.type = structure, .members = kMergeShardsInputMembers};
constexpr Shape kData{.type = blob, .min = 0, .max = 10485760};
constexpr Shape kPartitionKey{.type = text, .min = 1, .max = 256};
constexpr Shape kHashKey{.type = text, .pattern = "^(0|([1-9]\\d{0,38}))$"};
constexpr Member kPutRecordInputMembers[] = {
    {"StreamName", &kStreamName},
    {"Data", &kData, true},
    {"PartitionKey", &kPartitionKey},
    {"ExplicitHashKey", &kHashKey},
    {"SequenceNumberForOrdering", &kSequenceNumber},
    {"StreamARN", &kStreamARN},
    {"StreamId", &kStreamId},
    {"DryRun", &kBooleanObject},
};
constexpr Shape kPutRecordInput{.type = structure, .members = kPutRecordInputMembers};
constexpr Member kPutRecordsRequestEntryMembers[] = {
    {"Data", &kData, true},
    {"ExplicitHashKey", &kHashKey},
    {"PartitionKey", &kPartitionKey},
};
constexpr Shape kPutRecordsRequestEntry{.type = structure, .members = kPutRecordsRequestEntryMembers};
constexpr Shape kPutRecordsRequestEntryList{.type = list, .min = 1, .max = 500, .element = &kPutRecordsRequestEntry};
constexpr Member kPutRecordsInputMembers[] = {
    {"Records", &kPutRecordsRequestEntryList, true},
    {"StreamName", &kStreamName},
    {"StreamARN", &kStreamARN},
    {"StreamId", &kStreamId},
    {"DryRun", &kBooleanObject},
};
constexpr Shape kPutRecordsInput{.type = structure, .members = kPutRecordsInputMembers};
constexpr Shape kPolicy{.type = text};
constexpr Member kPutResourcePolicyInputMembers[] = {
    {"ResourceARN", &kResourceARN, true},
    {"StreamId", &kStreamId},
    {"Policy", &kPolicy, true},
};
constexpr Shape kPutResourcePolicyInput{.type = structure, .members = kPutResourcePolicyInputMembers};
constexpr Member kRegisterStreamConsumerInputMembers[] = {
    {"StreamARN", &kStreamARN, true},
    {"ConsumerName", &kConsumerName, true},
    {"StreamId", &kStreamId},
    {"Tags", &kTagMap},
};
constexpr Shape kRegisterStreamConsumerInput{.type = structure, .members = kRegisterStreamConsumerInputMembers};
constexpr Shape kTagKeyList{.type = list, .min = 1, .max = 50, .element = &kTagKey};
constexpr Member kRemoveTagsFromStreamInputMembers[] = {
    {"StreamName", &kStreamName},
    {"TagKeys", &kTagKeyList, true},
    {"StreamARN", &kStreamARN},
    {"StreamId", &kStreamId},
};
constexpr Shape kRemoveTagsFromStreamInput{.type = structure, .members = kRemoveTagsFromStreamInputMembers};
constexpr Member kSplitShardInputMembers[] = {
    {"StreamName", &kStreamName}, {"ShardToSplit", &kShardId, true}, {"NewStartingHashKey", &kHashKey, true},
    {"StreamARN", &kStreamARN},   {"StreamId", &kStreamId},
};
constexpr Shape kSplitShardInput{.type = structure, .members = kSplitShardInputMembers};
constexpr std::string_view kEncryptionTypeValues[] = {"NONE", "KMS"};
constexpr Shape kEncryptionType{.type = text, .values = kEncryptionTypeValues};
constexpr Shape kKeyId{.type = text, .min = 1, .max = 2048};
constexpr Member kStartStreamEncryptionInputMembers[] = {
    {"StreamName", &kStreamName}, {"EncryptionType", &kEncryptionType, true}, {"KeyId", &kKeyId, true}, {"StreamARN", &kStreamARN},
    {"StreamId", &kStreamId},
};
constexpr Shape kStartStreamEncryptionInput{.type = structure, .members = kStartStreamEncryptionInputMembers};
constexpr Member kStopStreamEncryptionInputMembers[] = {
    {"StreamName", &kStreamName}, {"EncryptionType", &kEncryptionType, true}, {"KeyId", &kKeyId, true}, {"StreamARN", &kStreamARN},
    {"StreamId", &kStreamId},
};
constexpr Shape kStopStreamEncryptionInput{.type = structure, .members = kStopStreamEncryptionInputMembers};
constexpr Member kStartingPositionMembers[] = {
    {"Type", &kShardIteratorType, true},
    {"SequenceNumber", &kSequenceNumber},
    {"Timestamp", &kTimestamp},
};
constexpr Shape kStartingPosition{.type = structure, .members = kStartingPositionMembers};
constexpr Member kSubscribeToShardInputMembers[] = {
    {"ConsumerARN", &kConsumerARN, true},           {"StreamId", &kStreamId},    {"ShardId", &kShardId, true},
    {"StartingPosition", &kStartingPosition, true}, {"DryRun", &kBooleanObject},
};
constexpr Shape kSubscribeToShardInput{.type = structure, .members = kSubscribeToShardInputMembers};
constexpr Member kTagResourceInputMembers[] = {
    {"Tags", &kTagMap, true},
    {"ResourceARN", &kResourceARN, true},
    {"StreamId", &kStreamId},
};
constexpr Shape kTagResourceInput{.type = structure, .members = kTagResourceInputMembers};
constexpr Member kUntagResourceInputMembers[] = {
    {"TagKeys", &kTagKeyList, true},
    {"ResourceARN", &kResourceARN, true},
    {"StreamId", &kStreamId},
};
constexpr Shape kUntagResourceInput{.type = structure, .members = kUntagResourceInputMembers};
constexpr std::string_view kMinimumThroughputBillingCommitmentInputStatusValues[] = {"ENABLED", "DISABLED"};
constexpr Shape kMinimumThroughputBillingCommitmentInputStatus{.type = text,
                                                               .values = kMinimumThroughputBillingCommitmentInputStatusValues};
constexpr Member kMinimumThroughputBillingCommitmentInputMembers[] = {
    {"Status", &kMinimumThroughputBillingCommitmentInputStatus, true},
};
constexpr Shape kMinimumThroughputBillingCommitmentInput{.type = structure,
                                                         .members = kMinimumThroughputBillingCommitmentInputMembers};
constexpr Member kUpdateAccountSettingsInputMembers[] = {
    {"MinimumThroughputBillingCommitment", &kMinimumThroughputBillingCommitmentInput, true},
};
constexpr Shape kUpdateAccountSettingsInput{.type = structure, .members = kUpdateAccountSettingsInputMembers};
constexpr Member kUpdateMaxRecordSizeInputMembers[] = {
    {"StreamARN", &kStreamARN},
    {"StreamId", &kStreamId},
    {"MaxRecordSizeInKiB", &kMaxRecordSizeInKiB, true},
};
constexpr Shape kUpdateMaxRecordSizeInput{.type = structure, .members = kUpdateMaxRecordSizeInputMembers};
constexpr std::string_view kScalingTypeValues[] = {"UNIFORM_SCALING"};
constexpr Shape kScalingType{.type = text, .values = kScalingTypeValues};
constexpr Member kUpdateShardCountInputMembers[] = {
    {"StreamName", &kStreamName},
    {"TargetShardCount", &kPositiveIntegerObject, true},
    {"ScalingType", &kScalingType, true},
    {"StreamARN", &kStreamARN},
    {"StreamId", &kStreamId},
};
constexpr Shape kUpdateShardCountInput{.type = structure, .members = kUpdateShardCountInputMembers};
constexpr Member kUpdateStreamModeInputMembers[] = {
    {"StreamARN", &kStreamARN, true},
    {"StreamId", &kStreamId},
    {"StreamModeDetails", &kStreamModeDetails, true},
    {"WarmThroughputMiBps", &kNaturalIntegerObject},
};
constexpr Shape kUpdateStreamModeInput{.type = structure, .members = kUpdateStreamModeInputMembers};
constexpr Member kUpdateStreamRecordDistributionStrategyInputMembers[] = {
    {"StreamARN", &kStreamARN, true},
    {"StreamId", &kStreamId},
    {"RecordDistributionStrategy", &kRecordDistributionStrategy, true},
};
constexpr Shape kUpdateStreamRecordDistributionStrategyInput{.type = structure,
                                                             .members = kUpdateStreamRecordDistributionStrategyInputMembers};
constexpr Member kUpdateStreamWarmThroughputInputMembers[] = {
    {"StreamARN", &kStreamARN},
    {"StreamName", &kStreamName},
    {"StreamId", &kStreamId},
    {"WarmThroughputMiBps", &kNaturalIntegerObject, true},
};
constexpr Shape kUpdateStreamWarmThroughputInput{.type = structure, .members = kUpdateStreamWarmThroughputInputMembers};

constexpr Operation kOperations[] = {
    {"AddTagsToStream", &kAddTagsToStreamInput},
    {"CreateStream", &kCreateStreamInput},
    {"DecreaseStreamRetentionPeriod", &kDecreaseStreamRetentionPeriodInput},
    {"DeleteResourcePolicy", &kDeleteResourcePolicyInput},
    {"DeleteStream", &kDeleteStreamInput},
    {"DeregisterStreamConsumer", &kDeregisterStreamConsumerInput},
    {"DescribeAccountSettings", &kDescribeAccountSettingsInput, true},
    {"DescribeLimits", &kDescribeLimitsInput, true},
    {"DescribeStream", &kDescribeStreamInput, true},
    {"DescribeStreamConsumer", &kDescribeStreamConsumerInput, true},
    {"DescribeStreamSummary", &kDescribeStreamSummaryInput, true},
    {"DisableEnhancedMonitoring", &kDisableEnhancedMonitoringInput, true},
    {"EnableEnhancedMonitoring", &kEnableEnhancedMonitoringInput, true},
    {"GetRecords", &kGetRecordsInput, true},
    {"GetResourcePolicy", &kGetResourcePolicyInput, true},
    {"GetShardIterator", &kGetShardIteratorInput, true},
    {"IncreaseStreamRetentionPeriod", &kIncreaseStreamRetentionPeriodInput},
    {"ListShards", &kListShardsInput, true},
    {"ListStreamConsumers", &kListStreamConsumersInput, true},
    {"ListStreams", &kListStreamsInput, true},
    {"ListTagsForResource", &kListTagsForResourceInput, true},
    {"ListTagsForStream", &kListTagsForStreamInput, true},
    {"MergeShards", &kMergeShardsInput},
    {"PutRecord", &kPutRecordInput, true},
    {"PutRecords", &kPutRecordsInput, true},
    {"PutResourcePolicy", &kPutResourcePolicyInput},
    {"RegisterStreamConsumer", &kRegisterStreamConsumerInput, true},
    {"RemoveTagsFromStream", &kRemoveTagsFromStreamInput},
    {"SplitShard", &kSplitShardInput},
    {"StartStreamEncryption", &kStartStreamEncryptionInput},
    {"StopStreamEncryption", &kStopStreamEncryptionInput},
    {"SubscribeToShard", &kSubscribeToShardInput, true},
    {"TagResource", &kTagResourceInput},
    {"UntagResource", &kUntagResourceInput},
    {"UpdateAccountSettings", &kUpdateAccountSettingsInput, true},
    {"UpdateMaxRecordSize", &kUpdateMaxRecordSizeInput},
    {"UpdateShardCount", &kUpdateShardCountInput, true},
    {"UpdateStreamMode", &kUpdateStreamModeInput},
    {"UpdateStreamRecordDistributionStrategy", &kUpdateStreamRecordDistributionStrategyInput},
    {"UpdateStreamWarmThroughput", &kUpdateStreamWarmThroughputInput, true},
};
static_assert(std::ranges::is_sorted(kOperations, {}, &Operation::name));

constexpr std::string_view kNotHere[] = {
    "AcknowledgeDeadLetterQueueRecords",
    "AcknowledgeQueueRecords",
    "CreateChannel",
    "CreateQueue",
    "DeleteChannel",
    "DeleteQueue",
    "DescribeChannel",
    "DescribeQueue",
    "ListChannels",
    "ListQueues",
    "ReceiveDeadLetterQueueRecords",
    "ReceiveQueueRecords",
    "RestoreDeadLetterQueueRecords",
    "UpdateChannel",
    "UpdateDeadLetterQueueRecordsVisibility",
    "UpdateQueue",
    "UpdateQueueRecordsVisibility",
};

}  // namespace

const Operation* find_kinesis_operation(std::string_view name) {
    const auto* found = std::ranges::lower_bound(kOperations, name, {}, &Operation::name);
    return found != std::end(kOperations) && found->name == name ? found : nullptr;
}

std::span<const Operation> kinesis_operations() { return kOperations; }
std::span<const std::string_view> kinesis_operations_not_here() { return kNotHere; }

}  // namespace kns::aws
