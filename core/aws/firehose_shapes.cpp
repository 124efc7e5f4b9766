#include "core/aws/firehose_shapes.hpp"

#include <algorithm>

namespace kns::aws {
namespace {

using enum ShapeType;

constexpr Shape kDeliveryStreamName{.type = text, .min = 1, .max = 64, .pattern = "[a-zA-Z0-9_.-]+"};
constexpr std::string_view kDeliveryStreamTypeValues[] = {"DirectPut", "KinesisStreamAsSource", "MSKAsSource", "DatabaseAsSource"};
constexpr Shape kDeliveryStreamType{.type = text, .values = kDeliveryStreamTypeValues};
constexpr Shape kThroughputHintInMBs{.type = integer, .min = 1, .max = 100};
constexpr Member kDirectPutSourceConfigurationMembers[] = {
    {"ThroughputHintInMBs", &kThroughputHintInMBs, true},
};
constexpr Shape kDirectPutSourceConfiguration{.type = structure, .members = kDirectPutSourceConfigurationMembers};
constexpr Shape kKinesisStreamARN{
    .type = text, .min = 1, .max = 512, .pattern = "arn:.*:kinesis:[a-zA-Z0-9\\-]+:\\d{12}:stream/[a-zA-Z0-9_.-]+"};
constexpr Shape kRoleARN{.type = text, .min = 1, .max = 512, .pattern = "arn:.*:iam::\\d{12}:role/[a-zA-Z_0-9+=,.@\\-_/]+"};
constexpr Member kKinesisStreamSourceConfigurationMembers[] = {
    {"KinesisStreamARN", &kKinesisStreamARN, true},
    {"RoleARN", &kRoleARN, true},
};
constexpr Shape kKinesisStreamSourceConfiguration{.type = structure, .members = kKinesisStreamSourceConfigurationMembers};
constexpr Shape kAWSKMSKeyARNForSSE{
    .type = text, .min = 1, .max = 512, .pattern = "arn:.*:kms:[a-zA-Z0-9\\-]+:\\d{12}:key/[a-zA-Z_0-9+=,.@\\-_/]+"};
constexpr std::string_view kKeyTypeValues[] = {"AWS_OWNED_CMK", "CUSTOMER_MANAGED_CMK"};
constexpr Shape kKeyType{.type = text, .values = kKeyTypeValues};
constexpr Member kDeliveryStreamEncryptionConfigurationInputMembers[] = {
    {"KeyARN", &kAWSKMSKeyARNForSSE},
    {"KeyType", &kKeyType, true},
};
constexpr Shape kDeliveryStreamEncryptionConfigurationInput{.type = structure,
                                                            .members = kDeliveryStreamEncryptionConfigurationInputMembers};
constexpr Shape kBucketARN{.type = text, .min = 1, .max = 2048, .pattern = "arn:.*:s3:::[\\w\\.\\-]{1,255}"};
constexpr Shape kPrefix{.type = text, .min = 0, .max = 1024};
constexpr Shape kErrorOutputPrefix{.type = text, .min = 0, .max = 1024};
constexpr Shape kSizeInMBs{.type = integer, .min = 1, .max = 128};
constexpr Shape kIntervalInSeconds{.type = integer, .min = 0, .max = 900};
constexpr Member kBufferingHintsMembers[] = {
    {"SizeInMBs", &kSizeInMBs},
    {"IntervalInSeconds", &kIntervalInSeconds},
};
constexpr Shape kBufferingHints{.type = structure, .members = kBufferingHintsMembers};
constexpr std::string_view kCompressionFormatValues[] = {"UNCOMPRESSED", "GZIP", "ZIP", "Snappy", "HADOOP_SNAPPY"};
constexpr Shape kCompressionFormat{.type = text, .values = kCompressionFormatValues};
constexpr std::string_view kNoEncryptionConfigValues[] = {"NoEncryption"};
constexpr Shape kNoEncryptionConfig{.type = text, .values = kNoEncryptionConfigValues};
constexpr Shape kAWSKMSKeyARN{
    .type = text, .min = 1, .max = 512, .pattern = "arn:.*:kms:[a-zA-Z0-9\\-]+:\\d{12}:(key|alias)/[a-zA-Z_0-9+=,.@\\-_/]+"};
constexpr Member kKMSEncryptionConfigMembers[] = {
    {"AWSKMSKeyARN", &kAWSKMSKeyARN, true},
};
constexpr Shape kKMSEncryptionConfig{.type = structure, .members = kKMSEncryptionConfigMembers};
constexpr Member kEncryptionConfigurationMembers[] = {
    {"NoEncryptionConfig", &kNoEncryptionConfig},
    {"KMSEncryptionConfig", &kKMSEncryptionConfig},
};
constexpr Shape kEncryptionConfiguration{.type = structure, .members = kEncryptionConfigurationMembers};
constexpr Shape kBooleanObject{.type = boolean};
constexpr Shape kLogGroupName{.type = text, .min = 0, .max = 512, .pattern = "[\\.\\-_/#A-Za-z0-9]*"};
constexpr Shape kLogStreamName{.type = text, .min = 0, .max = 512, .pattern = "[^:*]*"};
constexpr Member kCloudWatchLoggingOptionsMembers[] = {
    {"Enabled", &kBooleanObject},
    {"LogGroupName", &kLogGroupName},
    {"LogStreamName", &kLogStreamName},
};
constexpr Shape kCloudWatchLoggingOptions{.type = structure, .members = kCloudWatchLoggingOptionsMembers};
constexpr Member kS3DestinationConfigurationMembers[] = {
    {"RoleARN", &kRoleARN, true},
    {"BucketARN", &kBucketARN, true},
    {"Prefix", &kPrefix},
    {"ErrorOutputPrefix", &kErrorOutputPrefix},
    {"BufferingHints", &kBufferingHints},
    {"CompressionFormat", &kCompressionFormat},
    {"EncryptionConfiguration", &kEncryptionConfiguration},
    {"CloudWatchLoggingOptions", &kCloudWatchLoggingOptions},
};
constexpr Shape kS3DestinationConfiguration{.type = structure, .members = kS3DestinationConfigurationMembers};
constexpr std::string_view kProcessorTypeValues[] = {
    "RecordDeAggregation", "Decompression", "CloudWatchLogProcessing", "Lambda", "MetadataExtraction", "AppendDelimiterToRecord"};
constexpr Shape kProcessorType{.type = text, .values = kProcessorTypeValues};
constexpr std::string_view kProcessorParameterNameValues[] = {
    "LambdaArn", "NumberOfRetries",   "MetadataExtractionQuery", "JsonParsingEngine",
    "RoleArn",   "BufferSizeInMBs",   "BufferIntervalInSeconds", "SubRecordType",
    "Delimiter", "CompressionFormat", "DataMessageExtraction"};
constexpr Shape kProcessorParameterName{.type = text, .values = kProcessorParameterNameValues};
constexpr Shape kProcessorParameterValue{.type = text, .min = 1, .max = 5120, .pattern = "^(?!\\s*$).+"};
constexpr Member kProcessorParameterMembers[] = {
    {"ParameterName", &kProcessorParameterName, true},
    {"ParameterValue", &kProcessorParameterValue, true},
};
constexpr Shape kProcessorParameter{.type = structure, .members = kProcessorParameterMembers};
constexpr Shape kProcessorParameterList{.type = list, .element = &kProcessorParameter};
constexpr Member kProcessorMembers[] = {
    {"Type", &kProcessorType, true},
    {"Parameters", &kProcessorParameterList},
};
constexpr Shape kProcessor{.type = structure, .members = kProcessorMembers};
constexpr Shape kProcessorList{.type = list, .element = &kProcessor};
constexpr Member kProcessingConfigurationMembers[] = {
    {"Enabled", &kBooleanObject},
    {"Processors", &kProcessorList},
};
constexpr Shape kProcessingConfiguration{.type = structure, .members = kProcessingConfigurationMembers};
constexpr std::string_view kS3BackupModeValues[] = {"Disabled", "Enabled"};
constexpr Shape kS3BackupMode{.type = text, .values = kS3BackupModeValues};
constexpr Shape kNonEmptyStringWithoutWhitespace{.type = text, .min = 1, .max = 1024, .pattern = "^\\S+$"};
constexpr Member kSchemaConfigurationMembers[] = {
    {"RoleARN", &kNonEmptyStringWithoutWhitespace},      {"CatalogId", &kNonEmptyStringWithoutWhitespace},
    {"DatabaseName", &kNonEmptyStringWithoutWhitespace}, {"TableName", &kNonEmptyStringWithoutWhitespace},
    {"Region", &kNonEmptyStringWithoutWhitespace},       {"VersionId", &kNonEmptyStringWithoutWhitespace},
};
constexpr Shape kSchemaConfiguration{.type = structure, .members = kSchemaConfigurationMembers};
constexpr Shape kNonEmptyString{.type = text, .min = 1, .max = 1024, .pattern = "^(?!\\s*$).+"};
constexpr Shape kColumnToJsonKeyMappings{.type = map, .key = &kNonEmptyStringWithoutWhitespace, .element = &kNonEmptyString};
constexpr Member kOpenXJsonSerDeMembers[] = {
    {"ConvertDotsInJsonKeysToUnderscores", &kBooleanObject},
    {"CaseInsensitive", &kBooleanObject},
    {"ColumnToJsonKeyMappings", &kColumnToJsonKeyMappings},
};
constexpr Shape kOpenXJsonSerDe{.type = structure, .members = kOpenXJsonSerDeMembers};
constexpr Shape kListOfNonEmptyStrings{.type = list, .element = &kNonEmptyString};
constexpr Member kHiveJsonSerDeMembers[] = {
    {"TimestampFormats", &kListOfNonEmptyStrings},
};
constexpr Shape kHiveJsonSerDe{.type = structure, .members = kHiveJsonSerDeMembers};
constexpr Member kDeserializerMembers[] = {
    {"OpenXJsonSerDe", &kOpenXJsonSerDe},
    {"HiveJsonSerDe", &kHiveJsonSerDe},
};
constexpr Shape kDeserializer{.type = structure, .members = kDeserializerMembers};
constexpr Member kInputFormatConfigurationMembers[] = {
    {"Deserializer", &kDeserializer},
};
constexpr Shape kInputFormatConfiguration{.type = structure, .members = kInputFormatConfigurationMembers};
constexpr Shape kBlockSizeBytes{.type = integer, .min = 67108864};
constexpr Shape kParquetPageSizeBytes{.type = integer, .min = 65536};
constexpr std::string_view kParquetCompressionValues[] = {"UNCOMPRESSED", "GZIP", "SNAPPY"};
constexpr Shape kParquetCompression{.type = text, .values = kParquetCompressionValues};
constexpr Shape kNonNegativeIntegerObject{.type = integer, .min = 0};
constexpr std::string_view kParquetWriterVersionValues[] = {"V1", "V2"};
constexpr Shape kParquetWriterVersion{.type = text, .values = kParquetWriterVersionValues};
constexpr Member kParquetSerDeMembers[] = {
    {"BlockSizeBytes", &kBlockSizeBytes},
    {"PageSizeBytes", &kParquetPageSizeBytes},
    {"Compression", &kParquetCompression},
    {"EnableDictionaryCompression", &kBooleanObject},
    {"MaxPaddingBytes", &kNonNegativeIntegerObject},
    {"WriterVersion", &kParquetWriterVersion},
};
constexpr Shape kParquetSerDe{.type = structure, .members = kParquetSerDeMembers};
constexpr Shape kOrcStripeSizeBytes{.type = integer, .min = 8388608};
constexpr Shape kOrcRowIndexStride{.type = integer, .min = 1000};
constexpr Shape kProportion{.type = number};
constexpr std::string_view kOrcCompressionValues[] = {"NONE", "ZLIB", "SNAPPY"};
constexpr Shape kOrcCompression{.type = text, .values = kOrcCompressionValues};
constexpr Shape kListOfNonEmptyStringsWithoutWhitespace{.type = list, .element = &kNonEmptyStringWithoutWhitespace};
constexpr std::string_view kOrcFormatVersionValues[] = {"V0_11", "V0_12"};
constexpr Shape kOrcFormatVersion{.type = text, .values = kOrcFormatVersionValues};
constexpr Member kOrcSerDeMembers[] = {
    {"StripeSizeBytes", &kOrcStripeSizeBytes},
    {"BlockSizeBytes", &kBlockSizeBytes},
    {"RowIndexStride", &kOrcRowIndexStride},
    {"EnablePadding", &kBooleanObject},
    {"PaddingTolerance", &kProportion},
    {"Compression", &kOrcCompression},
    {"BloomFilterColumns", &kListOfNonEmptyStringsWithoutWhitespace},
    {"BloomFilterFalsePositiveProbability", &kProportion},
    {"DictionaryKeyThreshold", &kProportion},
    {"FormatVersion", &kOrcFormatVersion},
};
constexpr Shape kOrcSerDe{.type = structure, .members = kOrcSerDeMembers};
constexpr Member kSerializerMembers[] = {
    {"ParquetSerDe", &kParquetSerDe},
    {"OrcSerDe", &kOrcSerDe},
};
constexpr Shape kSerializer{.type = structure, .members = kSerializerMembers};
constexpr Member kOutputFormatConfigurationMembers[] = {
    {"Serializer", &kSerializer},
};
constexpr Shape kOutputFormatConfiguration{.type = structure, .members = kOutputFormatConfigurationMembers};
constexpr Member kDataFormatConversionConfigurationMembers[] = {
    {"SchemaConfiguration", &kSchemaConfiguration},
    {"InputFormatConfiguration", &kInputFormatConfiguration},
    {"OutputFormatConfiguration", &kOutputFormatConfiguration},
    {"Enabled", &kBooleanObject},
};
constexpr Shape kDataFormatConversionConfiguration{.type = structure, .members = kDataFormatConversionConfigurationMembers};
constexpr Shape kRetryDurationInSeconds{.type = integer, .min = 0, .max = 7200};
constexpr Member kRetryOptionsMembers[] = {
    {"DurationInSeconds", &kRetryDurationInSeconds},
};
constexpr Shape kRetryOptions{.type = structure, .members = kRetryOptionsMembers};
constexpr Member kDynamicPartitioningConfigurationMembers[] = {
    {"RetryOptions", &kRetryOptions},
    {"Enabled", &kBooleanObject},
};
constexpr Shape kDynamicPartitioningConfiguration{.type = structure, .members = kDynamicPartitioningConfigurationMembers};
constexpr Shape kFileExtension{.type = text, .min = 0, .max = 128, .pattern = "^$|\\.[0-9a-z!\\-_.*'()]+"};
constexpr Shape kCustomTimeZone{.type = text, .min = 0, .max = 50, .pattern = "^$|[a-zA-Z/_]+"};
constexpr Member kExtendedS3DestinationConfigurationMembers[] = {
    {"RoleARN", &kRoleARN, true},
    {"BucketARN", &kBucketARN, true},
    {"Prefix", &kPrefix},
    {"ErrorOutputPrefix", &kErrorOutputPrefix},
    {"BufferingHints", &kBufferingHints},
    {"CompressionFormat", &kCompressionFormat},
    {"EncryptionConfiguration", &kEncryptionConfiguration},
    {"CloudWatchLoggingOptions", &kCloudWatchLoggingOptions},
    {"ProcessingConfiguration", &kProcessingConfiguration},
    {"S3BackupMode", &kS3BackupMode},
    {"S3BackupConfiguration", &kS3DestinationConfiguration},
    {"DataFormatConversionConfiguration", &kDataFormatConversionConfiguration},
    {"DynamicPartitioningConfiguration", &kDynamicPartitioningConfiguration},
    {"FileExtension", &kFileExtension},
    {"CustomTimeZone", &kCustomTimeZone},
};
constexpr Shape kExtendedS3DestinationConfiguration{.type = structure, .members = kExtendedS3DestinationConfigurationMembers};
constexpr Shape kClusterJDBCURL{
    .type = text,
    .min = 1,
    .max = 512,
    .pattern =
        "jdbc:(redshift|postgresql)://((?!-)[A-Za-z0-9-]{1,63}(?<!-)\\.)+(redshift(-serverless)?)\\.([a-zA-Z0-9\\.\\-]+):\\d{1,5}/"
        "[a-zA-Z0-9_$-]+",
    .only_strict = true};
constexpr Shape kDataTableName{.type = text, .min = 1, .max = 512};
constexpr Shape kDataTableColumns{.type = text, .min = 0, .max = 10240};
constexpr Shape kCopyOptions{.type = text, .min = 0, .max = 10240};
constexpr Member kCopyCommandMembers[] = {
    {"DataTableName", &kDataTableName, true},
    {"DataTableColumns", &kDataTableColumns},
    {"CopyOptions", &kCopyOptions},
};
constexpr Shape kCopyCommand{.type = structure, .members = kCopyCommandMembers};
constexpr Shape kUsername{.type = text, .min = 1, .max = 512};
constexpr Shape kPassword{.type = text, .min = 6, .max = 512};
constexpr Shape kRedshiftRetryDurationInSeconds{.type = integer, .min = 0, .max = 7200};
constexpr Member kRedshiftRetryOptionsMembers[] = {
    {"DurationInSeconds", &kRedshiftRetryDurationInSeconds},
};
constexpr Shape kRedshiftRetryOptions{.type = structure, .members = kRedshiftRetryOptionsMembers};
constexpr std::string_view kRedshiftS3BackupModeValues[] = {"Disabled", "Enabled"};
constexpr Shape kRedshiftS3BackupMode{.type = text, .values = kRedshiftS3BackupModeValues};
constexpr Shape kSecretARN{
    .type = text, .min = 1, .max = 2048, .pattern = "arn:.*:secretsmanager:[a-zA-Z0-9\\-]+:\\d{12}:secret:[a-zA-Z0-9\\-/_+=.@!]+"};
constexpr Member kSecretsManagerConfigurationMembers[] = {
    {"SecretARN", &kSecretARN},
    {"RoleARN", &kRoleARN},
    {"Enabled", &kBooleanObject, true},
};
constexpr Shape kSecretsManagerConfiguration{.type = structure, .members = kSecretsManagerConfigurationMembers};
constexpr Member kRedshiftDestinationConfigurationMembers[] = {
    {"RoleARN", &kRoleARN, true},
    {"ClusterJDBCURL", &kClusterJDBCURL, true},
    {"CopyCommand", &kCopyCommand, true},
    {"Username", &kUsername},
    {"Password", &kPassword},
    {"RetryOptions", &kRedshiftRetryOptions},
    {"S3Configuration", &kS3DestinationConfiguration, true},
    {"ProcessingConfiguration", &kProcessingConfiguration},
    {"S3BackupMode", &kRedshiftS3BackupMode},
    {"S3BackupConfiguration", &kS3DestinationConfiguration},
    {"CloudWatchLoggingOptions", &kCloudWatchLoggingOptions},
    {"SecretsManagerConfiguration", &kSecretsManagerConfiguration},
};
constexpr Shape kRedshiftDestinationConfiguration{.type = structure, .members = kRedshiftDestinationConfigurationMembers};
constexpr Shape kElasticsearchDomainARN{
    .type = text, .min = 1, .max = 512, .pattern = "arn:.*:es:[a-zA-Z0-9\\-]+:\\d{12}:domain/[a-z][-0-9a-z]{2,27}"};
constexpr Shape kElasticsearchClusterEndpoint{.type = text, .min = 1, .max = 512, .pattern = "https:.*", .only_strict = true};
constexpr Shape kElasticsearchIndexName{.type = text, .min = 1, .max = 80};
constexpr Shape kElasticsearchTypeName{.type = text, .min = 0, .max = 100};
constexpr std::string_view kElasticsearchIndexRotationPeriodValues[] = {"NoRotation", "OneHour", "OneDay", "OneWeek", "OneMonth"};
constexpr Shape kElasticsearchIndexRotationPeriod{.type = text, .values = kElasticsearchIndexRotationPeriodValues};
constexpr Shape kElasticsearchBufferingIntervalInSeconds{.type = integer, .min = 0, .max = 900};
constexpr Shape kElasticsearchBufferingSizeInMBs{.type = integer, .min = 1, .max = 100};
constexpr Member kElasticsearchBufferingHintsMembers[] = {
    {"IntervalInSeconds", &kElasticsearchBufferingIntervalInSeconds},
    {"SizeInMBs", &kElasticsearchBufferingSizeInMBs},
};
constexpr Shape kElasticsearchBufferingHints{.type = structure, .members = kElasticsearchBufferingHintsMembers};
constexpr Shape kElasticsearchRetryDurationInSeconds{.type = integer, .min = 0, .max = 7200};
constexpr Member kElasticsearchRetryOptionsMembers[] = {
    {"DurationInSeconds", &kElasticsearchRetryDurationInSeconds},
};
constexpr Shape kElasticsearchRetryOptions{.type = structure, .members = kElasticsearchRetryOptionsMembers};
constexpr std::string_view kElasticsearchS3BackupModeValues[] = {"FailedDocumentsOnly", "AllDocuments"};
constexpr Shape kElasticsearchS3BackupMode{.type = text, .values = kElasticsearchS3BackupModeValues};
constexpr Shape kSubnetIdList{.type = list, .min = 1, .max = 16, .element = &kNonEmptyStringWithoutWhitespace};
constexpr Shape kSecurityGroupIdList{.type = list, .min = 1, .max = 5, .element = &kNonEmptyStringWithoutWhitespace};
constexpr Member kVpcConfigurationMembers[] = {
    {"SubnetIds", &kSubnetIdList, true},
    {"RoleARN", &kRoleARN, true},
    {"SecurityGroupIds", &kSecurityGroupIdList, true},
};
constexpr Shape kVpcConfiguration{.type = structure, .members = kVpcConfigurationMembers};
constexpr std::string_view kDefaultDocumentIdFormatValues[] = {"FIREHOSE_DEFAULT", "NO_DOCUMENT_ID"};
constexpr Shape kDefaultDocumentIdFormat{.type = text, .values = kDefaultDocumentIdFormatValues};
constexpr Member kDocumentIdOptionsMembers[] = {
    {"DefaultDocumentIdFormat", &kDefaultDocumentIdFormat, true},
};
constexpr Shape kDocumentIdOptions{.type = structure, .members = kDocumentIdOptionsMembers};
constexpr Member kElasticsearchDestinationConfigurationMembers[] = {
    {"RoleARN", &kRoleARN, true},
    {"DomainARN", &kElasticsearchDomainARN},
    {"ClusterEndpoint", &kElasticsearchClusterEndpoint},
    {"IndexName", &kElasticsearchIndexName, true},
    {"TypeName", &kElasticsearchTypeName},
    {"IndexRotationPeriod", &kElasticsearchIndexRotationPeriod},
    {"BufferingHints", &kElasticsearchBufferingHints},
    {"RetryOptions", &kElasticsearchRetryOptions},
    {"S3BackupMode", &kElasticsearchS3BackupMode},
    {"S3Configuration", &kS3DestinationConfiguration, true},
    {"ProcessingConfiguration", &kProcessingConfiguration},
    {"CloudWatchLoggingOptions", &kCloudWatchLoggingOptions},
    {"VpcConfiguration", &kVpcConfiguration},
    {"DocumentIdOptions", &kDocumentIdOptions},
};
constexpr Shape kElasticsearchDestinationConfiguration{.type = structure, .members = kElasticsearchDestinationConfigurationMembers};
constexpr Shape kAmazonopensearchserviceDomainARN{
    .type = text, .min = 1, .max = 512, .pattern = "arn:.*:es:[a-zA-Z0-9\\-]+:\\d{12}:domain/[a-z][-0-9a-z]{2,27}"};
constexpr Shape kAmazonopensearchserviceClusterEndpoint{
    .type = text, .min = 1, .max = 512, .pattern = "https:.*", .only_strict = true};
constexpr Shape kAmazonopensearchserviceIndexName{.type = text, .min = 1, .max = 80};
constexpr Shape kAmazonopensearchserviceTypeName{.type = text, .min = 0, .max = 100};
constexpr std::string_view kAmazonopensearchserviceIndexRotationPeriodValues[] = {"NoRotation", "OneHour", "OneDay", "OneWeek",
                                                                                  "OneMonth"};
constexpr Shape kAmazonopensearchserviceIndexRotationPeriod{.type = text,
                                                            .values = kAmazonopensearchserviceIndexRotationPeriodValues};
constexpr Shape kAmazonopensearchserviceBufferingIntervalInSeconds{.type = integer, .min = 0, .max = 900};
constexpr Shape kAmazonopensearchserviceBufferingSizeInMBs{.type = integer, .min = 1, .max = 100};
constexpr Member kAmazonopensearchserviceBufferingHintsMembers[] = {
    {"IntervalInSeconds", &kAmazonopensearchserviceBufferingIntervalInSeconds},
    {"SizeInMBs", &kAmazonopensearchserviceBufferingSizeInMBs},
};
constexpr Shape kAmazonopensearchserviceBufferingHints{.type = structure, .members = kAmazonopensearchserviceBufferingHintsMembers};
constexpr Shape kAmazonopensearchserviceRetryDurationInSeconds{.type = integer, .min = 0, .max = 7200};
constexpr Member kAmazonopensearchserviceRetryOptionsMembers[] = {
    {"DurationInSeconds", &kAmazonopensearchserviceRetryDurationInSeconds},
};
constexpr Shape kAmazonopensearchserviceRetryOptions{.type = structure, .members = kAmazonopensearchserviceRetryOptionsMembers};
constexpr std::string_view kAmazonopensearchserviceS3BackupModeValues[] = {"FailedDocumentsOnly", "AllDocuments"};
constexpr Shape kAmazonopensearchserviceS3BackupMode{.type = text, .values = kAmazonopensearchserviceS3BackupModeValues};
constexpr Member kAmazonopensearchserviceDestinationConfigurationMembers[] = {
    {"RoleARN", &kRoleARN, true},
    {"DomainARN", &kAmazonopensearchserviceDomainARN},
    {"ClusterEndpoint", &kAmazonopensearchserviceClusterEndpoint},
    {"IndexName", &kAmazonopensearchserviceIndexName, true},
    {"TypeName", &kAmazonopensearchserviceTypeName},
    {"IndexRotationPeriod", &kAmazonopensearchserviceIndexRotationPeriod},
    {"BufferingHints", &kAmazonopensearchserviceBufferingHints},
    {"RetryOptions", &kAmazonopensearchserviceRetryOptions},
    {"S3BackupMode", &kAmazonopensearchserviceS3BackupMode},
    {"S3Configuration", &kS3DestinationConfiguration, true},
    {"ProcessingConfiguration", &kProcessingConfiguration},
    {"CloudWatchLoggingOptions", &kCloudWatchLoggingOptions},
    {"VpcConfiguration", &kVpcConfiguration},
    {"DocumentIdOptions", &kDocumentIdOptions},
};
constexpr Shape kAmazonopensearchserviceDestinationConfiguration{
    .type = structure, .members = kAmazonopensearchserviceDestinationConfigurationMembers};
constexpr Shape kHECEndpoint{.type = text, .min = 0, .max = 2048};
constexpr std::string_view kHECEndpointTypeValues[] = {"Raw", "Event"};
constexpr Shape kHECEndpointType{.type = text, .values = kHECEndpointTypeValues};
constexpr Shape kHECToken{.type = text, .min = 0, .max = 2048};
constexpr Shape kHECAcknowledgmentTimeoutInSeconds{.type = integer, .min = 180, .max = 600};
constexpr Shape kSplunkRetryDurationInSeconds{.type = integer, .min = 0, .max = 7200};
constexpr Member kSplunkRetryOptionsMembers[] = {
    {"DurationInSeconds", &kSplunkRetryDurationInSeconds},
};
constexpr Shape kSplunkRetryOptions{.type = structure, .members = kSplunkRetryOptionsMembers};
constexpr std::string_view kSplunkS3BackupModeValues[] = {"FailedEventsOnly", "AllEvents"};
constexpr Shape kSplunkS3BackupMode{.type = text, .values = kSplunkS3BackupModeValues};
constexpr Shape kSplunkBufferingIntervalInSeconds{.type = integer, .min = 0, .max = 60};
constexpr Shape kSplunkBufferingSizeInMBs{.type = integer, .min = 1, .max = 5};
constexpr Member kSplunkBufferingHintsMembers[] = {
    {"IntervalInSeconds", &kSplunkBufferingIntervalInSeconds},
    {"SizeInMBs", &kSplunkBufferingSizeInMBs},
};
constexpr Shape kSplunkBufferingHints{.type = structure, .members = kSplunkBufferingHintsMembers};
constexpr Member kSplunkDestinationConfigurationMembers[] = {
    {"HECEndpoint", &kHECEndpoint, true},
    {"HECEndpointType", &kHECEndpointType, true},
    {"HECToken", &kHECToken},
    {"HECAcknowledgmentTimeoutInSeconds", &kHECAcknowledgmentTimeoutInSeconds},
    {"RetryOptions", &kSplunkRetryOptions},
    {"S3BackupMode", &kSplunkS3BackupMode},
    {"S3Configuration", &kS3DestinationConfiguration, true},
    {"ProcessingConfiguration", &kProcessingConfiguration},
    {"CloudWatchLoggingOptions", &kCloudWatchLoggingOptions},
    {"BufferingHints", &kSplunkBufferingHints},
    {"SecretsManagerConfiguration", &kSecretsManagerConfiguration},
};
constexpr Shape kSplunkDestinationConfiguration{.type = structure, .members = kSplunkDestinationConfigurationMembers};
constexpr Shape kHttpEndpointUrl{.type = text, .min = 1, .max = 1000, .pattern = "https://.*", .only_strict = true};
constexpr Shape kHttpEndpointName{.type = text, .min = 1, .max = 256, .pattern = "^(?!\\s*$).+"};
constexpr Shape kHttpEndpointAccessKey{.type = text, .min = 0, .max = 4096};
constexpr Member kHttpEndpointConfigurationMembers[] = {
    {"Url", &kHttpEndpointUrl, true},
    {"Name", &kHttpEndpointName},
    {"AccessKey", &kHttpEndpointAccessKey},
};
constexpr Shape kHttpEndpointConfiguration{.type = structure, .members = kHttpEndpointConfigurationMembers};
constexpr Shape kHttpEndpointBufferingSizeInMBs{.type = integer, .min = 1, .max = 64};
constexpr Shape kHttpEndpointBufferingIntervalInSeconds{.type = integer, .min = 0, .max = 900};
constexpr Member kHttpEndpointBufferingHintsMembers[] = {
    {"SizeInMBs", &kHttpEndpointBufferingSizeInMBs},
    {"IntervalInSeconds", &kHttpEndpointBufferingIntervalInSeconds},
};
constexpr Shape kHttpEndpointBufferingHints{.type = structure, .members = kHttpEndpointBufferingHintsMembers};
constexpr std::string_view kContentEncodingValues[] = {"NONE", "GZIP"};
constexpr Shape kContentEncoding{.type = text, .values = kContentEncodingValues};
constexpr Shape kHttpEndpointAttributeName{.type = text, .min = 1, .max = 256, .pattern = "^(?!\\s*$).+"};
constexpr Shape kHttpEndpointAttributeValue{.type = text, .min = 0, .max = 1024};
constexpr Member kHttpEndpointCommonAttributeMembers[] = {
    {"AttributeName", &kHttpEndpointAttributeName, true},
    {"AttributeValue", &kHttpEndpointAttributeValue, true},
};
constexpr Shape kHttpEndpointCommonAttribute{.type = structure, .members = kHttpEndpointCommonAttributeMembers};
constexpr Shape kHttpEndpointCommonAttributesList{.type = list, .min = 0, .max = 50, .element = &kHttpEndpointCommonAttribute};
constexpr Member kHttpEndpointRequestConfigurationMembers[] = {
    {"ContentEncoding", &kContentEncoding},
    {"CommonAttributes", &kHttpEndpointCommonAttributesList},
};
constexpr Shape kHttpEndpointRequestConfiguration{.type = structure, .members = kHttpEndpointRequestConfigurationMembers};
constexpr Shape kHttpEndpointRetryDurationInSeconds{.type = integer, .min = 0, .max = 7200};
constexpr Member kHttpEndpointRetryOptionsMembers[] = {
    {"DurationInSeconds", &kHttpEndpointRetryDurationInSeconds},
};
constexpr Shape kHttpEndpointRetryOptions{.type = structure, .members = kHttpEndpointRetryOptionsMembers};
constexpr std::string_view kHttpEndpointS3BackupModeValues[] = {"FailedDataOnly", "AllData"};
constexpr Shape kHttpEndpointS3BackupMode{.type = text, .values = kHttpEndpointS3BackupModeValues};
constexpr Member kHttpEndpointDestinationConfigurationMembers[] = {
    {"EndpointConfiguration", &kHttpEndpointConfiguration, true},
    {"BufferingHints", &kHttpEndpointBufferingHints},
    {"CloudWatchLoggingOptions", &kCloudWatchLoggingOptions},
    {"RequestConfiguration", &kHttpEndpointRequestConfiguration},
    {"ProcessingConfiguration", &kProcessingConfiguration},
    {"RoleARN", &kRoleARN},
    {"RetryOptions", &kHttpEndpointRetryOptions},
    {"S3BackupMode", &kHttpEndpointS3BackupMode},
    {"S3Configuration", &kS3DestinationConfiguration, true},
    {"SecretsManagerConfiguration", &kSecretsManagerConfiguration},
};
constexpr Shape kHttpEndpointDestinationConfiguration{.type = structure, .members = kHttpEndpointDestinationConfigurationMembers};
constexpr Shape kTagKey{.type = text, .min = 1, .max = 128, .pattern = "^(?!aws:)[\\p{L}\\p{Z}\\p{N}_.:\\/=+\\-@%]*$"};
constexpr Shape kTagValue{.type = text, .min = 0, .max = 256, .pattern = "^[\\p{L}\\p{Z}\\p{N}_.:\\/=+\\-@%]*$"};
constexpr Member kTagMembers[] = {
    {"Key", &kTagKey, true},
    {"Value", &kTagValue},
};
constexpr Shape kTag{.type = structure, .members = kTagMembers};
constexpr Shape kTagDeliveryStreamInputTagList{.type = list, .min = 1, .max = 50, .element = &kTag};
constexpr Shape kAmazonOpenSearchServerlessCollectionEndpoint{
    .type = text, .min = 1, .max = 512, .pattern = "https:.*", .only_strict = true};
constexpr Shape kAmazonOpenSearchServerlessIndexName{.type = text, .min = 1, .max = 80};
constexpr Shape kAmazonOpenSearchServerlessBufferingIntervalInSeconds{.type = integer, .min = 0, .max = 900};
constexpr Shape kAmazonOpenSearchServerlessBufferingSizeInMBs{.type = integer, .min = 1, .max = 100};
constexpr Member kAmazonOpenSearchServerlessBufferingHintsMembers[] = {
    {"IntervalInSeconds", &kAmazonOpenSearchServerlessBufferingIntervalInSeconds},
    {"SizeInMBs", &kAmazonOpenSearchServerlessBufferingSizeInMBs},
};
constexpr Shape kAmazonOpenSearchServerlessBufferingHints{.type = structure,
                                                          .members = kAmazonOpenSearchServerlessBufferingHintsMembers};
constexpr Shape kAmazonOpenSearchServerlessRetryDurationInSeconds{.type = integer, .min = 0, .max = 7200};
constexpr Member kAmazonOpenSearchServerlessRetryOptionsMembers[] = {
    {"DurationInSeconds", &kAmazonOpenSearchServerlessRetryDurationInSeconds},
};
constexpr Shape kAmazonOpenSearchServerlessRetryOptions{.type = structure,
                                                        .members = kAmazonOpenSearchServerlessRetryOptionsMembers};
constexpr std::string_view kAmazonOpenSearchServerlessS3BackupModeValues[] = {"FailedDocumentsOnly", "AllDocuments"};
constexpr Shape kAmazonOpenSearchServerlessS3BackupMode{.type = text, .values = kAmazonOpenSearchServerlessS3BackupModeValues};
constexpr Member kAmazonOpenSearchServerlessDestinationConfigurationMembers[] = {
    {"RoleARN", &kRoleARN, true},
    {"CollectionEndpoint", &kAmazonOpenSearchServerlessCollectionEndpoint},
    {"IndexName", &kAmazonOpenSearchServerlessIndexName, true},
    {"BufferingHints", &kAmazonOpenSearchServerlessBufferingHints},
    {"RetryOptions", &kAmazonOpenSearchServerlessRetryOptions},
    {"S3BackupMode", &kAmazonOpenSearchServerlessS3BackupMode},
    {"S3Configuration", &kS3DestinationConfiguration, true},
    {"ProcessingConfiguration", &kProcessingConfiguration},
    {"CloudWatchLoggingOptions", &kCloudWatchLoggingOptions},
    {"VpcConfiguration", &kVpcConfiguration},
};
constexpr Shape kAmazonOpenSearchServerlessDestinationConfiguration{
    .type = structure, .members = kAmazonOpenSearchServerlessDestinationConfigurationMembers};
constexpr Shape kMSKClusterARN{.type = text, .min = 1, .max = 512, .pattern = "arn:.*"};
constexpr Shape kTopicName{.type = text, .min = 1, .max = 255, .pattern = "[a-zA-Z0-9\\\\._\\\\-]+"};
constexpr std::string_view kConnectivityValues[] = {"PUBLIC", "PRIVATE"};
constexpr Shape kConnectivity{.type = text, .values = kConnectivityValues};
constexpr Member kAuthenticationConfigurationMembers[] = {
    {"RoleARN", &kRoleARN, true},
    {"Connectivity", &kConnectivity, true},
};
constexpr Shape kAuthenticationConfiguration{.type = structure, .members = kAuthenticationConfigurationMembers};
constexpr Shape kReadFromTimestamp{.type = timestamp};
constexpr Member kMSKSourceConfigurationMembers[] = {
    {"MSKClusterARN", &kMSKClusterARN, true},
    {"TopicName", &kTopicName, true},
    {"AuthenticationConfiguration", &kAuthenticationConfiguration, true},
    {"ReadFromTimestamp", &kReadFromTimestamp},
};
constexpr Shape kMSKSourceConfiguration{.type = structure, .members = kMSKSourceConfigurationMembers};
constexpr Shape kSnowflakeAccountUrl{.type = text, .min = 24, .max = 2048, .pattern = ".+?\\.snowflakecomputing\\.com"};
constexpr Shape kSnowflakePrivateKey{
    .type = text, .min = 256, .max = 4096, .pattern = "^(?:[A-Za-z0-9+\\/]{4})*(?:[A-Za-z0-9+\\/]{2}==|[A-Za-z0-9+\\/]{3}=)?$"};
constexpr Shape kSnowflakeKeyPassphrase{.type = text, .min = 7, .max = 255};
constexpr Shape kSnowflakeUser{.type = text, .min = 1, .max = 255};
constexpr Shape kSnowflakeDatabase{.type = text, .min = 1, .max = 255};
constexpr Shape kSnowflakeSchema{.type = text, .min = 1, .max = 255};
constexpr Shape kSnowflakeTable{.type = text, .min = 1, .max = 255};
constexpr Shape kSnowflakeRole{.type = text, .min = 1, .max = 255};
constexpr Member kSnowflakeRoleConfigurationMembers[] = {
    {"Enabled", &kBooleanObject},
    {"SnowflakeRole", &kSnowflakeRole},
};
constexpr Shape kSnowflakeRoleConfiguration{.type = structure, .members = kSnowflakeRoleConfigurationMembers};
constexpr std::string_view kSnowflakeDataLoadingOptionValues[] = {"JSON_MAPPING", "VARIANT_CONTENT_MAPPING",
                                                                  "VARIANT_CONTENT_AND_METADATA_MAPPING"};
constexpr Shape kSnowflakeDataLoadingOption{.type = text, .values = kSnowflakeDataLoadingOptionValues};
constexpr Shape kSnowflakeMetaDataColumnName{.type = text, .min = 1, .max = 255};
constexpr Shape kSnowflakeContentColumnName{.type = text, .min = 1, .max = 255};
constexpr Shape kSnowflakePrivateLinkVpceId{
    .type = text,
    .min = 47,
    .max = 255,
    .pattern = "([a-zA-Z0-9\\-\\_]+\\.){2,3}vpce\\.[a-zA-Z0-9\\-]*\\.vpce-svc\\-[a-zA-Z0-9\\-]{17}$"};
constexpr Member kSnowflakeVpcConfigurationMembers[] = {
    {"PrivateLinkVpceId", &kSnowflakePrivateLinkVpceId, true},
};
constexpr Shape kSnowflakeVpcConfiguration{.type = structure, .members = kSnowflakeVpcConfigurationMembers};
constexpr Shape kSnowflakeRetryDurationInSeconds{.type = integer, .min = 0, .max = 7200};
constexpr Member kSnowflakeRetryOptionsMembers[] = {
    {"DurationInSeconds", &kSnowflakeRetryDurationInSeconds},
};
constexpr Shape kSnowflakeRetryOptions{.type = structure, .members = kSnowflakeRetryOptionsMembers};
constexpr std::string_view kSnowflakeS3BackupModeValues[] = {"FailedDataOnly", "AllData"};
constexpr Shape kSnowflakeS3BackupMode{.type = text, .values = kSnowflakeS3BackupModeValues};
constexpr Shape kSnowflakeBufferingSizeInMBs{.type = integer, .min = 1, .max = 128};
constexpr Shape kSnowflakeBufferingIntervalInSeconds{.type = integer, .min = 0, .max = 900};
constexpr Member kSnowflakeBufferingHintsMembers[] = {
    {"SizeInMBs", &kSnowflakeBufferingSizeInMBs},
    {"IntervalInSeconds", &kSnowflakeBufferingIntervalInSeconds},
};
constexpr Shape kSnowflakeBufferingHints{.type = structure, .members = kSnowflakeBufferingHintsMembers};
constexpr Member kSnowflakeDestinationConfigurationMembers[] = {
    {"AccountUrl", &kSnowflakeAccountUrl, true},
    {"PrivateKey", &kSnowflakePrivateKey},
    {"KeyPassphrase", &kSnowflakeKeyPassphrase},
    {"User", &kSnowflakeUser},
    {"Database", &kSnowflakeDatabase, true},
    {"Schema", &kSnowflakeSchema, true},
    {"Table", &kSnowflakeTable, true},
    {"SnowflakeRoleConfiguration", &kSnowflakeRoleConfiguration},
    {"DataLoadingOption", &kSnowflakeDataLoadingOption},
    {"MetaDataColumnName", &kSnowflakeMetaDataColumnName},
    {"ContentColumnName", &kSnowflakeContentColumnName},
    {"SnowflakeVpcConfiguration", &kSnowflakeVpcConfiguration},
    {"CloudWatchLoggingOptions", &kCloudWatchLoggingOptions},
    {"ProcessingConfiguration", &kProcessingConfiguration},
    {"RoleARN", &kRoleARN, true},
    {"RetryOptions", &kSnowflakeRetryOptions},
    {"S3BackupMode", &kSnowflakeS3BackupMode},
    {"S3Configuration", &kS3DestinationConfiguration, true},
    {"SecretsManagerConfiguration", &kSecretsManagerConfiguration},
    {"BufferingHints", &kSnowflakeBufferingHints},
};
constexpr Shape kSnowflakeDestinationConfiguration{.type = structure, .members = kSnowflakeDestinationConfigurationMembers};
constexpr Shape kStringWithLettersDigitsUnderscoresDots{.type = text, .min = 1, .max = 255, .pattern = "[a-zA-Z0-9\\.\\_]+"};
constexpr Member kPartitionFieldMembers[] = {
    {"SourceName", &kNonEmptyStringWithoutWhitespace, true},
};
constexpr Shape kPartitionField{.type = structure, .members = kPartitionFieldMembers};
constexpr Shape kPartitionFields{.type = list, .element = &kPartitionField};
constexpr Member kPartitionSpecMembers[] = {
    {"Identity", &kPartitionFields},
};
constexpr Shape kPartitionSpec{.type = structure, .members = kPartitionSpecMembers};
constexpr Member kDestinationTableConfigurationMembers[] = {
    {"DestinationTableName", &kStringWithLettersDigitsUnderscoresDots, true},
    {"DestinationDatabaseName", &kStringWithLettersDigitsUnderscoresDots, true},
    {"UniqueKeys", &kListOfNonEmptyStringsWithoutWhitespace},
    {"PartitionSpec", &kPartitionSpec},
    {"S3ErrorOutputPrefix", &kErrorOutputPrefix},
};
constexpr Shape kDestinationTableConfiguration{.type = structure, .members = kDestinationTableConfigurationMembers};
constexpr Shape kDestinationTableConfigurationList{.type = list, .element = &kDestinationTableConfiguration};
constexpr Member kSchemaEvolutionConfigurationMembers[] = {
    {"Enabled", &kBooleanObject, true},
};
constexpr Shape kSchemaEvolutionConfiguration{.type = structure, .members = kSchemaEvolutionConfigurationMembers};
constexpr Member kTableCreationConfigurationMembers[] = {
    {"Enabled", &kBooleanObject, true},
};
constexpr Shape kTableCreationConfiguration{.type = structure, .members = kTableCreationConfigurationMembers};
constexpr std::string_view kIcebergS3BackupModeValues[] = {"FailedDataOnly", "AllData"};
constexpr Shape kIcebergS3BackupMode{.type = text, .values = kIcebergS3BackupModeValues};
constexpr Shape kGlueDataCatalogARN{
    .type = text, .min = 1, .max = 512, .pattern = "arn:.*:glue:.*:\\d{12}:catalog(?:(/[a-z0-9_-]+){1,2})?"};
constexpr Shape kWarehouseLocation{.type = text, .min = 1, .max = 2048, .pattern = "s3:\\/\\/.*"};
constexpr Member kCatalogConfigurationMembers[] = {
    {"CatalogARN", &kGlueDataCatalogARN},
    {"WarehouseLocation", &kWarehouseLocation},
};
constexpr Shape kCatalogConfiguration{.type = structure, .members = kCatalogConfigurationMembers};
constexpr Member kIcebergDestinationConfigurationMembers[] = {
    {"DestinationTableConfigurationList", &kDestinationTableConfigurationList},
    {"SchemaEvolutionConfiguration", &kSchemaEvolutionConfiguration},
    {"TableCreationConfiguration", &kTableCreationConfiguration},
    {"BufferingHints", &kBufferingHints},
    {"CloudWatchLoggingOptions", &kCloudWatchLoggingOptions},
    {"ProcessingConfiguration", &kProcessingConfiguration},
    {"S3BackupMode", &kIcebergS3BackupMode},
    {"RetryOptions", &kRetryOptions},
    {"RoleARN", &kRoleARN, true},
    {"AppendOnly", &kBooleanObject},
    {"CatalogConfiguration", &kCatalogConfiguration, true},
    {"S3Configuration", &kS3DestinationConfiguration, true},
};
constexpr Shape kIcebergDestinationConfiguration{.type = structure, .members = kIcebergDestinationConfigurationMembers};
constexpr std::string_view kDatabaseTypeValues[] = {"MySQL", "PostgreSQL"};
constexpr Shape kDatabaseType{.type = text, .values = kDatabaseTypeValues};
constexpr Shape kDatabaseEndpoint{.type = text, .min = 1, .max = 255, .pattern = "^(?!\\s*$).+"};
constexpr Shape kDatabasePort{.type = integer, .min = 0, .max = 65535};
constexpr std::string_view kSSLModeValues[] = {"Disabled", "Enabled"};
constexpr Shape kSSLMode{.type = text, .values = kSSLModeValues};
constexpr Shape kDatabaseName{.type = text, .min = 1, .max = 64, .pattern = "[\\u0001-\\uFFFF]*"};
constexpr Shape kDatabaseIncludeOrExcludeList{.type = list, .element = &kDatabaseName};
constexpr Member kDatabaseListMembers[] = {
    {"Include", &kDatabaseIncludeOrExcludeList},
    {"Exclude", &kDatabaseIncludeOrExcludeList},
};
constexpr Shape kDatabaseList{.type = structure, .members = kDatabaseListMembers};
constexpr Shape kDatabaseTableName{.type = text, .min = 1, .max = 129, .pattern = "[\\u0001-\\uFFFF]*"};
constexpr Shape kDatabaseTableIncludeOrExcludeList{.type = list, .element = &kDatabaseTableName};
constexpr Member kDatabaseTableListMembers[] = {
    {"Include", &kDatabaseTableIncludeOrExcludeList},
    {"Exclude", &kDatabaseTableIncludeOrExcludeList},
};
constexpr Shape kDatabaseTableList{.type = structure, .members = kDatabaseTableListMembers};
constexpr Shape kDatabaseColumnName{.type = text, .min = 1, .max = 194, .pattern = "[\\u0001-\\uFFFF]*"};
constexpr Shape kDatabaseColumnIncludeOrExcludeList{.type = list, .element = &kDatabaseColumnName};
constexpr Member kDatabaseColumnListMembers[] = {
    {"Include", &kDatabaseColumnIncludeOrExcludeList},
    {"Exclude", &kDatabaseColumnIncludeOrExcludeList},
};
constexpr Shape kDatabaseColumnList{.type = structure, .members = kDatabaseColumnListMembers};
constexpr Shape kDatabaseSurrogateKeyList{.type = list, .element = &kNonEmptyStringWithoutWhitespace};
constexpr Member kDatabaseSourceAuthenticationConfigurationMembers[] = {
    {"SecretsManagerConfiguration", &kSecretsManagerConfiguration, true},
};
constexpr Shape kDatabaseSourceAuthenticationConfiguration{.type = structure,
                                                           .members = kDatabaseSourceAuthenticationConfigurationMembers};
constexpr Shape kVpcEndpointServiceName{
    .type = text,
    .min = 47,
    .max = 255,
    .pattern = "([a-zA-Z0-9\\-\\_]+\\.){2,3}vpce\\.[a-zA-Z0-9\\-]*\\.vpce-svc\\-[a-zA-Z0-9\\-]{17}$"};
constexpr Member kDatabaseSourceVPCConfigurationMembers[] = {
    {"VpcEndpointServiceName", &kVpcEndpointServiceName, true},
};
constexpr Shape kDatabaseSourceVPCConfiguration{.type = structure, .members = kDatabaseSourceVPCConfigurationMembers};
constexpr Member kDatabaseSourceConfigurationMembers[] = {
    {"Type", &kDatabaseType, true},
    {"Endpoint", &kDatabaseEndpoint, true},
    {"Port", &kDatabasePort, true},
    {"SSLMode", &kSSLMode},
    {"Databases", &kDatabaseList, true},
    {"Tables", &kDatabaseTableList, true},
    {"Columns", &kDatabaseColumnList},
    {"SurrogateKeys", &kDatabaseSurrogateKeyList},
    {"SnapshotWatermarkTable", &kDatabaseTableName, true},
    {"DatabaseSourceAuthenticationConfiguration", &kDatabaseSourceAuthenticationConfiguration, true},
    {"DatabaseSourceVPCConfiguration", &kDatabaseSourceVPCConfiguration, true},
};
constexpr Shape kDatabaseSourceConfiguration{.type = structure, .members = kDatabaseSourceConfigurationMembers};
constexpr Member kCreateDeliveryStreamInputMembers[] = {
    {"DeliveryStreamName", &kDeliveryStreamName, true},
    {"DeliveryStreamType", &kDeliveryStreamType},
    {"DirectPutSourceConfiguration", &kDirectPutSourceConfiguration},
    {"KinesisStreamSourceConfiguration", &kKinesisStreamSourceConfiguration},
    {"DeliveryStreamEncryptionConfigurationInput", &kDeliveryStreamEncryptionConfigurationInput},
    {"S3DestinationConfiguration", &kS3DestinationConfiguration},
    {"ExtendedS3DestinationConfiguration", &kExtendedS3DestinationConfiguration},
    {"RedshiftDestinationConfiguration", &kRedshiftDestinationConfiguration},
    {"ElasticsearchDestinationConfiguration", &kElasticsearchDestinationConfiguration},
    {"AmazonopensearchserviceDestinationConfiguration", &kAmazonopensearchserviceDestinationConfiguration},
    {"SplunkDestinationConfiguration", &kSplunkDestinationConfiguration},
    {"HttpEndpointDestinationConfiguration", &kHttpEndpointDestinationConfiguration},
    {"Tags", &kTagDeliveryStreamInputTagList},
    {"AmazonOpenSearchServerlessDestinationConfiguration", &kAmazonOpenSearchServerlessDestinationConfiguration},
    {"MSKSourceConfiguration", &kMSKSourceConfiguration},
    {"SnowflakeDestinationConfiguration", &kSnowflakeDestinationConfiguration},
    {"IcebergDestinationConfiguration", &kIcebergDestinationConfiguration},
    {"DatabaseSourceConfiguration", &kDatabaseSourceConfiguration},
};
constexpr Shape kCreateDeliveryStreamInput{.type = structure, .members = kCreateDeliveryStreamInputMembers};
constexpr Member kDeleteDeliveryStreamInputMembers[] = {
    {"DeliveryStreamName", &kDeliveryStreamName, true},
    {"AllowForceDelete", &kBooleanObject},
};
constexpr Shape kDeleteDeliveryStreamInput{.type = structure, .members = kDeleteDeliveryStreamInputMembers};
constexpr Shape kDescribeDeliveryStreamInputLimit{.type = integer, .min = 1, .max = 10000};
constexpr Shape kDestinationId{.type = text, .min = 1, .max = 100, .pattern = "[a-zA-Z0-9-]+"};
constexpr Member kDescribeDeliveryStreamInputMembers[] = {
    {"DeliveryStreamName", &kDeliveryStreamName, true},
    {"Limit", &kDescribeDeliveryStreamInputLimit},
    {"ExclusiveStartDestinationId", &kDestinationId},
};
constexpr Shape kDescribeDeliveryStreamInput{.type = structure, .members = kDescribeDeliveryStreamInputMembers};
constexpr Shape kListDeliveryStreamsInputLimit{.type = integer, .min = 1, .max = 10000};
constexpr Member kListDeliveryStreamsInputMembers[] = {
    {"Limit", &kListDeliveryStreamsInputLimit},
    {"DeliveryStreamType", &kDeliveryStreamType},
    {"ExclusiveStartDeliveryStreamName", &kDeliveryStreamName},
};
constexpr Shape kListDeliveryStreamsInput{.type = structure, .members = kListDeliveryStreamsInputMembers};
constexpr Shape kListTagsForDeliveryStreamInputLimit{.type = integer, .min = 1, .max = 50};
constexpr Member kListTagsForDeliveryStreamInputMembers[] = {
    {"DeliveryStreamName", &kDeliveryStreamName, true},
    {"ExclusiveStartTagKey", &kTagKey},
    {"Limit", &kListTagsForDeliveryStreamInputLimit},
};
constexpr Shape kListTagsForDeliveryStreamInput{.type = structure, .members = kListTagsForDeliveryStreamInputMembers};
constexpr Shape kData{.type = blob, .min = 0, .max = 1024000};
constexpr Member kRecordMembers[] = {
    {"Data", &kData, true},
};
constexpr Shape kRecord{.type = structure, .members = kRecordMembers};
constexpr Member kPutRecordInputMembers[] = {
    {"DeliveryStreamName", &kDeliveryStreamName, true},
    {"Record", &kRecord, true},
};
constexpr Shape kPutRecordInput{.type = structure, .members = kPutRecordInputMembers};
constexpr Shape kPutRecordBatchRequestEntryList{.type = list, .min = 1, .max = 500, .element = &kRecord};
constexpr Member kPutRecordBatchInputMembers[] = {
    {"DeliveryStreamName", &kDeliveryStreamName, true},
    {"Records", &kPutRecordBatchRequestEntryList, true},
};
constexpr Shape kPutRecordBatchInput{.type = structure, .members = kPutRecordBatchInputMembers};
constexpr Member kStartDeliveryStreamEncryptionInputMembers[] = {
    {"DeliveryStreamName", &kDeliveryStreamName, true},
    {"DeliveryStreamEncryptionConfigurationInput", &kDeliveryStreamEncryptionConfigurationInput},
};
constexpr Shape kStartDeliveryStreamEncryptionInput{.type = structure, .members = kStartDeliveryStreamEncryptionInputMembers};
constexpr Member kStopDeliveryStreamEncryptionInputMembers[] = {
    {"DeliveryStreamName", &kDeliveryStreamName, true},
};
constexpr Shape kStopDeliveryStreamEncryptionInput{.type = structure, .members = kStopDeliveryStreamEncryptionInputMembers};
constexpr Member kTagDeliveryStreamInputMembers[] = {
    {"DeliveryStreamName", &kDeliveryStreamName, true},
    {"Tags", &kTagDeliveryStreamInputTagList, true},
};
constexpr Shape kTagDeliveryStreamInput{.type = structure, .members = kTagDeliveryStreamInputMembers};
constexpr Shape kTagKeyList{.type = list, .min = 1, .max = 50, .element = &kTagKey};
constexpr Member kUntagDeliveryStreamInputMembers[] = {
    {"DeliveryStreamName", &kDeliveryStreamName, true},
    {"TagKeys", &kTagKeyList, true},
};
constexpr Shape kUntagDeliveryStreamInput{.type = structure, .members = kUntagDeliveryStreamInputMembers};
constexpr Shape kDeliveryStreamVersionId{.type = text, .min = 1, .max = 50, .pattern = "[0-9]+"};
constexpr Member kS3DestinationUpdateMembers[] = {
    {"RoleARN", &kRoleARN},
    {"BucketARN", &kBucketARN},
    {"Prefix", &kPrefix},
    {"ErrorOutputPrefix", &kErrorOutputPrefix},
    {"BufferingHints", &kBufferingHints},
    {"CompressionFormat", &kCompressionFormat},
    {"EncryptionConfiguration", &kEncryptionConfiguration},
    {"CloudWatchLoggingOptions", &kCloudWatchLoggingOptions},
};
constexpr Shape kS3DestinationUpdate{.type = structure, .members = kS3DestinationUpdateMembers};
constexpr Member kExtendedS3DestinationUpdateMembers[] = {
    {"RoleARN", &kRoleARN},
    {"BucketARN", &kBucketARN},
    {"Prefix", &kPrefix},
    {"ErrorOutputPrefix", &kErrorOutputPrefix},
    {"BufferingHints", &kBufferingHints},
    {"CompressionFormat", &kCompressionFormat},
    {"EncryptionConfiguration", &kEncryptionConfiguration},
    {"CloudWatchLoggingOptions", &kCloudWatchLoggingOptions},
    {"ProcessingConfiguration", &kProcessingConfiguration},
    {"S3BackupMode", &kS3BackupMode},
    {"S3BackupUpdate", &kS3DestinationUpdate},
    {"DataFormatConversionConfiguration", &kDataFormatConversionConfiguration},
    {"DynamicPartitioningConfiguration", &kDynamicPartitioningConfiguration},
    {"FileExtension", &kFileExtension},
    {"CustomTimeZone", &kCustomTimeZone},
};
constexpr Shape kExtendedS3DestinationUpdate{.type = structure, .members = kExtendedS3DestinationUpdateMembers};
constexpr Member kRedshiftDestinationUpdateMembers[] = {
    {"RoleARN", &kRoleARN},
    {"ClusterJDBCURL", &kClusterJDBCURL},
    {"CopyCommand", &kCopyCommand},
    {"Username", &kUsername},
    {"Password", &kPassword},
    {"RetryOptions", &kRedshiftRetryOptions},
    {"S3Update", &kS3DestinationUpdate},
    {"ProcessingConfiguration", &kProcessingConfiguration},
    {"S3BackupMode", &kRedshiftS3BackupMode},
    {"S3BackupUpdate", &kS3DestinationUpdate},
    {"CloudWatchLoggingOptions", &kCloudWatchLoggingOptions},
    {"SecretsManagerConfiguration", &kSecretsManagerConfiguration},
};
constexpr Shape kRedshiftDestinationUpdate{.type = structure, .members = kRedshiftDestinationUpdateMembers};
constexpr Member kElasticsearchDestinationUpdateMembers[] = {
    {"RoleARN", &kRoleARN},
    {"DomainARN", &kElasticsearchDomainARN},
    {"ClusterEndpoint", &kElasticsearchClusterEndpoint},
    {"IndexName", &kElasticsearchIndexName},
    {"TypeName", &kElasticsearchTypeName},
    {"IndexRotationPeriod", &kElasticsearchIndexRotationPeriod},
    {"BufferingHints", &kElasticsearchBufferingHints},
    {"RetryOptions", &kElasticsearchRetryOptions},
    {"S3Update", &kS3DestinationUpdate},
    {"ProcessingConfiguration", &kProcessingConfiguration},
    {"CloudWatchLoggingOptions", &kCloudWatchLoggingOptions},
    {"DocumentIdOptions", &kDocumentIdOptions},
};
constexpr Shape kElasticsearchDestinationUpdate{.type = structure, .members = kElasticsearchDestinationUpdateMembers};
constexpr Member kAmazonopensearchserviceDestinationUpdateMembers[] = {
    {"RoleARN", &kRoleARN},
    {"DomainARN", &kAmazonopensearchserviceDomainARN},
    {"ClusterEndpoint", &kAmazonopensearchserviceClusterEndpoint},
    {"IndexName", &kAmazonopensearchserviceIndexName},
    {"TypeName", &kAmazonopensearchserviceTypeName},
    {"IndexRotationPeriod", &kAmazonopensearchserviceIndexRotationPeriod},
    {"BufferingHints", &kAmazonopensearchserviceBufferingHints},
    {"RetryOptions", &kAmazonopensearchserviceRetryOptions},
    {"S3Update", &kS3DestinationUpdate},
    {"ProcessingConfiguration", &kProcessingConfiguration},
    {"CloudWatchLoggingOptions", &kCloudWatchLoggingOptions},
    {"DocumentIdOptions", &kDocumentIdOptions},
};
constexpr Shape kAmazonopensearchserviceDestinationUpdate{.type = structure,
                                                          .members = kAmazonopensearchserviceDestinationUpdateMembers};
constexpr Member kSplunkDestinationUpdateMembers[] = {
    {"HECEndpoint", &kHECEndpoint},
    {"HECEndpointType", &kHECEndpointType},
    {"HECToken", &kHECToken},
    {"HECAcknowledgmentTimeoutInSeconds", &kHECAcknowledgmentTimeoutInSeconds},
    {"RetryOptions", &kSplunkRetryOptions},
    {"S3BackupMode", &kSplunkS3BackupMode},
    {"S3Update", &kS3DestinationUpdate},
    {"ProcessingConfiguration", &kProcessingConfiguration},
    {"CloudWatchLoggingOptions", &kCloudWatchLoggingOptions},
    {"BufferingHints", &kSplunkBufferingHints},
    {"SecretsManagerConfiguration", &kSecretsManagerConfiguration},
};
constexpr Shape kSplunkDestinationUpdate{.type = structure, .members = kSplunkDestinationUpdateMembers};
constexpr Member kHttpEndpointDestinationUpdateMembers[] = {
    {"EndpointConfiguration", &kHttpEndpointConfiguration},
    {"BufferingHints", &kHttpEndpointBufferingHints},
    {"CloudWatchLoggingOptions", &kCloudWatchLoggingOptions},
    {"RequestConfiguration", &kHttpEndpointRequestConfiguration},
    {"ProcessingConfiguration", &kProcessingConfiguration},
    {"RoleARN", &kRoleARN},
    {"RetryOptions", &kHttpEndpointRetryOptions},
    {"S3BackupMode", &kHttpEndpointS3BackupMode},
    {"S3Update", &kS3DestinationUpdate},
    {"SecretsManagerConfiguration", &kSecretsManagerConfiguration},
};
constexpr Shape kHttpEndpointDestinationUpdate{.type = structure, .members = kHttpEndpointDestinationUpdateMembers};
constexpr Member kAmazonOpenSearchServerlessDestinationUpdateMembers[] = {
    {"RoleARN", &kRoleARN},
    {"CollectionEndpoint", &kAmazonOpenSearchServerlessCollectionEndpoint},
    {"IndexName", &kAmazonOpenSearchServerlessIndexName},
    {"BufferingHints", &kAmazonOpenSearchServerlessBufferingHints},
    {"RetryOptions", &kAmazonOpenSearchServerlessRetryOptions},
    {"S3Update", &kS3DestinationUpdate},
    {"ProcessingConfiguration", &kProcessingConfiguration},
    {"CloudWatchLoggingOptions", &kCloudWatchLoggingOptions},
};
constexpr Shape kAmazonOpenSearchServerlessDestinationUpdate{.type = structure,
                                                             .members = kAmazonOpenSearchServerlessDestinationUpdateMembers};
constexpr Member kSnowflakeDestinationUpdateMembers[] = {
    {"AccountUrl", &kSnowflakeAccountUrl},
    {"PrivateKey", &kSnowflakePrivateKey},
    {"KeyPassphrase", &kSnowflakeKeyPassphrase},
    {"User", &kSnowflakeUser},
    {"Database", &kSnowflakeDatabase},
    {"Schema", &kSnowflakeSchema},
    {"Table", &kSnowflakeTable},
    {"SnowflakeRoleConfiguration", &kSnowflakeRoleConfiguration},
    {"DataLoadingOption", &kSnowflakeDataLoadingOption},
    {"MetaDataColumnName", &kSnowflakeMetaDataColumnName},
    {"ContentColumnName", &kSnowflakeContentColumnName},
    {"CloudWatchLoggingOptions", &kCloudWatchLoggingOptions},
    {"ProcessingConfiguration", &kProcessingConfiguration},
    {"RoleARN", &kRoleARN},
    {"RetryOptions", &kSnowflakeRetryOptions},
    {"S3BackupMode", &kSnowflakeS3BackupMode},
    {"S3Update", &kS3DestinationUpdate},
    {"SecretsManagerConfiguration", &kSecretsManagerConfiguration},
    {"BufferingHints", &kSnowflakeBufferingHints},
};
constexpr Shape kSnowflakeDestinationUpdate{.type = structure, .members = kSnowflakeDestinationUpdateMembers};
constexpr Member kIcebergDestinationUpdateMembers[] = {
    {"DestinationTableConfigurationList", &kDestinationTableConfigurationList},
    {"SchemaEvolutionConfiguration", &kSchemaEvolutionConfiguration},
    {"TableCreationConfiguration", &kTableCreationConfiguration},
    {"BufferingHints", &kBufferingHints},
    {"CloudWatchLoggingOptions", &kCloudWatchLoggingOptions},
    {"ProcessingConfiguration", &kProcessingConfiguration},
    {"S3BackupMode", &kIcebergS3BackupMode},
    {"RetryOptions", &kRetryOptions},
    {"RoleARN", &kRoleARN},
    {"AppendOnly", &kBooleanObject},
    {"CatalogConfiguration", &kCatalogConfiguration},
    {"S3Configuration", &kS3DestinationConfiguration},
};
constexpr Shape kIcebergDestinationUpdate{.type = structure, .members = kIcebergDestinationUpdateMembers};
constexpr Member kUpdateDestinationInputMembers[] = {
    {"DeliveryStreamName", &kDeliveryStreamName, true},
    {"CurrentDeliveryStreamVersionId", &kDeliveryStreamVersionId, true},
    {"DestinationId", &kDestinationId, true},
    {"S3DestinationUpdate", &kS3DestinationUpdate},
    {"ExtendedS3DestinationUpdate", &kExtendedS3DestinationUpdate},
    {"RedshiftDestinationUpdate", &kRedshiftDestinationUpdate},
    {"ElasticsearchDestinationUpdate", &kElasticsearchDestinationUpdate},
    {"AmazonopensearchserviceDestinationUpdate", &kAmazonopensearchserviceDestinationUpdate},
    {"SplunkDestinationUpdate", &kSplunkDestinationUpdate},
    {"HttpEndpointDestinationUpdate", &kHttpEndpointDestinationUpdate},
    {"AmazonOpenSearchServerlessDestinationUpdate", &kAmazonOpenSearchServerlessDestinationUpdate},
    {"SnowflakeDestinationUpdate", &kSnowflakeDestinationUpdate},
    {"IcebergDestinationUpdate", &kIcebergDestinationUpdate},
};
constexpr Shape kUpdateDestinationInput{.type = structure, .members = kUpdateDestinationInputMembers};
constexpr Operation kOperations[] = {
    {"CreateDeliveryStream", &kCreateDeliveryStreamInput, true},
    {"DeleteDeliveryStream", &kDeleteDeliveryStreamInput, true},
    {"DescribeDeliveryStream", &kDescribeDeliveryStreamInput, true},
    {"ListDeliveryStreams", &kListDeliveryStreamsInput, true},
    {"ListTagsForDeliveryStream", &kListTagsForDeliveryStreamInput, true},
    {"PutRecord", &kPutRecordInput, true},
    {"PutRecordBatch", &kPutRecordBatchInput, true},
    {"StartDeliveryStreamEncryption", &kStartDeliveryStreamEncryptionInput, true},
    {"StopDeliveryStreamEncryption", &kStopDeliveryStreamEncryptionInput, true},
    {"TagDeliveryStream", &kTagDeliveryStreamInput, true},
    {"UntagDeliveryStream", &kUntagDeliveryStreamInput, true},
    {"UpdateDestination", &kUpdateDestinationInput, true},
};
static_assert(std::ranges::is_sorted(kOperations, {}, &Operation::name));

}  // namespace

const Operation* find_firehose_operation(std::string_view name) {
    const auto* found = std::ranges::lower_bound(kOperations, name, {}, &Operation::name);
    return found != std::end(kOperations) && found->name == name ? found : nullptr;
}

std::span<const Operation> firehose_operations() { return kOperations; }

}  // namespace kns::aws
