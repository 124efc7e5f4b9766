// Tags and policies, of streams and of consumers.
#include <algorithm>

#include "daemon/kinesis/changes.hpp"
#include "daemon/kinesis/describe.hpp"

namespace kns::aws {
namespace {

constexpr std::size_t kMaxPolicyBytes = 20 << 10;

// What a policy needs to be one; what it allows is nobody's business where there is one account.
Outcome<void> check_policy(std::string_view text) {
    const auto bad = [](std::string_view why) { return refuse("InvalidArgumentException", "Policy is not valid: {}.", why); };
    if (text.size() > kMaxPolicyBytes) return bad("it is longer than 20 KiB");
    const auto policy = parse_json(text);
    if (!policy) return bad(policy.error().text());
    const auto* statements = (*policy)["Statement"].as_array();
    if (!policy->as_object() || !statements || statements->empty()) return bad("it has no Statement");
    for (const auto& statement : *statements)
        for (const auto key : {"Effect", "Principal", "Action"})
            if (!statement.has(key)) return bad(fmt::format("a statement has no {}", key));
    return {};
}

}  // namespace

Outcome<KinesisApi::Resource> KinesisApi::resource_of(const Value& in) {
    const auto arn = in["ResourceARN"].text_or("");
    if (arn.find("/consumer/") != std::string_view::npos) {
        auto consumer = consumer_by_arn(arn);
        if (!consumer) return std::unexpected(consumer.error());
        return Resource{consumer->stream, consumer->row};
    }
    const auto at = arn.find(":stream/");
    if (at == std::string_view::npos)
        return refuse("InvalidArgumentException",
                      "ResourceARN {} is neither a stream nor a consumer: kns has no channels and queues.", arn);
    auto stream = stream_named(std::string(arn.substr(at + 8)));
    if (!stream) return std::unexpected(stream.error());
    return Resource{*stream, std::nullopt};
}

Task<Outcome<>> KinesisApi::change_tags(const Resource& resource, std::map<std::string, std::string> set,
                                        std::vector<std::string> remove) {
    auto tags = resource.consumer ? resource.consumer->tags : resource.stream->row.tags;
    for (auto& [key, value] : set) tags[key] = value;
    for (const auto& key : remove) tags.erase(key);
    constexpr std::size_t kMaxTags = 50;
    if (tags.size() > kMaxTags)
        co_return refuse("InvalidArgumentException", "Failed to add tags: a resource can have at most {} tags.", kMaxTags);
    auto work = [this, resource, tags]() -> Result<void> {
        if (resource.consumer) {
            auto row = *resource.consumer;
            row.tags = tags;
            return consumers_.update(row);
        }
        KNS_TRY(services_.streams.edit(resource.stream->row.name, [&](StreamRow& row) -> Result<void> {
            row.tags = tags;
            return {};
        }));
        return {};
    };
    auto done = co_await run_on(services_.catalog, std::move(work));
    if (!done) co_return std::unexpected(api_error(done.error()));
    co_return Outcome<>();
}

Task<Outcome<>> KinesisApi::add_tags(const Value& in, AnswerWriter&) {
    auto stream = stream_of(in);
    if (!stream) co_return std::unexpected(stream.error());
    auto tags = read_tags(in["Tags"]);
    if (!tags) co_return std::unexpected(tags.error());
    const Resource resource{*stream, {}};
    std::vector<std::string> none;
    co_return co_await change_tags(resource, std::move(*tags), std::move(none));
}

static std::vector<std::string> texts(const Value& list) {
    std::vector<std::string> out;
    for (const auto& text : list.list()) out.emplace_back(text.text_or(""));
    return out;
}

Task<Outcome<>> KinesisApi::remove_tags(const Value& in, AnswerWriter&) {
    auto stream = stream_of(in);
    if (!stream) co_return std::unexpected(stream.error());
    const Resource resource{*stream, {}};
    std::map<std::string, std::string> none;
    co_return co_await change_tags(resource, std::move(none), texts(in["TagKeys"]));
}

Task<Outcome<>> KinesisApi::list_tags(const Value& in, AnswerWriter& out) {
    auto stream = stream_of(in);
    if (!stream) co_return std::unexpected(stream.error());
    auto tags = (*stream)->row.tags;
    const std::string after(in["ExclusiveStartTagKey"].text_or(""));
    std::erase_if(tags, [&](const auto& tag) { return tag.first <= after; });
    const auto limit = static_cast<std::size_t>(in["Limit"].integer().value_or(50));
    const bool more = tags.size() > limit;
    while (tags.size() > limit) tags.erase(std::prev(tags.end()));
    out.begin_structure().key("Tags");
    write_tags(out, tags);
    out.key("HasMoreTags").boolean(more).end_structure();
    co_return Outcome<>();
}

Task<Outcome<>> KinesisApi::tag_resource(const Value& in, AnswerWriter&) {
    auto resource = resource_of(in);
    if (!resource) co_return std::unexpected(resource.error());
    auto tags = read_tags(in["Tags"]);
    if (!tags) co_return std::unexpected(tags.error());
    std::vector<std::string> none;
    co_return co_await change_tags(*resource, std::move(*tags), std::move(none));
}

Task<Outcome<>> KinesisApi::untag_resource(const Value& in, AnswerWriter&) {
    auto resource = resource_of(in);
    if (!resource) co_return std::unexpected(resource.error());
    std::map<std::string, std::string> none;
    co_return co_await change_tags(*resource, std::move(none), texts(in["TagKeys"]));
}

Task<Outcome<>> KinesisApi::list_tags_for_resource(const Value& in, AnswerWriter& out) {
    auto resource = resource_of(in);
    if (!resource) co_return std::unexpected(resource.error());
    out.begin_structure().key("Tags");
    write_tags(out, resource->consumer ? resource->consumer->tags : resource->stream->row.tags);
    out.end_structure();
    co_return Outcome<>();
}

Task<Outcome<>> KinesisApi::set_policy(const Resource& resource, std::string policy) {
    auto work = [this, resource, policy]() -> Result<void> {
        if (resource.consumer) {
            auto row = *resource.consumer;
            row.policy = policy;
            return consumers_.update(row);
        }
        KNS_TRY(services_.streams.edit(resource.stream->row.name, [&](StreamRow& row) -> Result<void> {
            row.policy = policy;
            return {};
        }));
        return {};
    };
    auto done = co_await run_on(services_.catalog, std::move(work));
    if (!done) co_return std::unexpected(api_error(done.error()));
    co_return Outcome<>();
}

Task<Outcome<>> KinesisApi::put_policy(const Value& in, AnswerWriter&) {
    auto resource = resource_of(in);
    if (!resource) co_return std::unexpected(resource.error());
    const std::string policy(in["Policy"].text_or(""));
    if (auto good = check_policy(policy); !good) co_return std::unexpected(good.error());
    co_return co_await set_policy(*resource, policy);
}

Task<Outcome<>> KinesisApi::get_policy(const Value& in, AnswerWriter& out) {
    auto resource = resource_of(in);
    if (!resource) co_return std::unexpected(resource.error());
    const auto& policy = resource->consumer ? resource->consumer->policy : resource->stream->row.policy;
    out.begin_structure().key("Policy").text(policy.empty() ? "{}" : policy).end_structure();
    co_return Outcome<>();
}

Task<Outcome<>> KinesisApi::delete_policy(const Value& in, AnswerWriter&) {
    auto resource = resource_of(in);
    if (!resource) co_return std::unexpected(resource.error());
    const auto& policy = resource->consumer ? resource->consumer->policy : resource->stream->row.policy;
    if (policy.empty())
        co_return refuse("ResourceNotFoundException", "No resource policy found for {}.", in["ResourceARN"].text_or(""));
    co_return co_await set_policy(*resource, "");
}

}  // namespace kns::aws
