// SubscribeToShard by the SDK for Rust: what is there, what comes, and the end of a shard. Prints what it saw as a line of JSON.
use aws_sdk_kinesis::{
    primitives::Blob,
    types::{ShardIteratorType, StartingPosition, SubscribeToShardEventStream},
    Client,
};

const STREAM: &str = "rust";
const SHARD: &str = "shardId-000000000000";

async fn put(client: &Client, text: &str) -> Result<(), aws_sdk_kinesis::Error> {
    client.put_record().stream_name(STREAM).partition_key("k").data(Blob::new(text)).send().await?;
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), aws_sdk_kinesis::Error> {
    let client = Client::new(&aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await);
    client.create_stream().stream_name(STREAM).shard_count(1).send().await?;
    let summary = client.describe_stream_summary().stream_name(STREAM).send().await?;
    let arn = summary.stream_description_summary().unwrap().stream_arn();
    let registered = client.register_stream_consumer().stream_arn(arn).consumer_name("c").send().await?;
    put(&client, "before").await?;
    let start = StartingPosition::builder().r#type(ShardIteratorType::TrimHorizon).build().unwrap();
    let mut subscription = client
        .subscribe_to_shard()
        .consumer_arn(registered.consumer().unwrap().consumer_arn())
        .shard_id(SHARD)
        .starting_position(start)
        .send()
        .await?;
    let mut seen = Vec::new();
    while let Some(event) = subscription.event_stream.recv().await? {
        let SubscribeToShardEventStream::SubscribeToShardEvent(pushed) = event else { panic!("not an event") };
        for record in pushed.records() {
            seen.push(String::from_utf8(record.data().clone().into_inner()).unwrap());
            match seen.len() {
                1 => put(&client, "after").await?,
                2 => {
                    let half = (1u128 << 127).to_string();
                    client.split_shard().stream_name(STREAM).shard_to_split(SHARD).new_starting_hash_key(half).send().await?;
                }
                _ => {}
            }
        }
        seen.extend(pushed.child_shards().iter().map(|child| child.shard_id().to_string()));
    }
    println!("{{\"seen\": {seen:?}}}");
    Ok(())
}
