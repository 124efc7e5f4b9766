#include "daemon/delivery/delivery_jobs.hpp"

#include "core/base/log.hpp"
#include "core/firehose/delivery_spec.hpp"
#include "core/firehose/retry_policy.hpp"
#include "daemon/delivery/destination_secrets.hpp"

namespace kns {

Result<std::string> DeliveryJobs::spec_for_attempt(const JobRow& job) {
    auto spec = KNS_TRY(context(from_json_text<DeliverySpec>(job.spec, Unknown::ignore), "the job's spec"));
    const StreamPtr source = KNS_TRY(services_.directory.find(spec.source));
    std::vector<ShardPosition> delivered;
    for (const auto& range : spec.ranges)
        delivered.push_back({range.shard_number, table_.position(*source, spec.delivery, range.shard_number)});
    skip_delivered(spec, delivered);
    const auto delivery = KNS_TRY(table_.find(job.subject));
    spec.arn = table_.arn_of(spec.delivery);
    spec.source_arn = table_.source_arn_of(spec.config);
    spec.attempts = job.attempts;
    // A daemon that was started anew does not remember since when it fails: about since the job was made.
    if (job.attempts > 1 && !delivery->failing_since) delivery->failing_since = job.created_ms;
    spec.last_attempt = is_last_attempt(delivery->failing_since, spec.config.retry_ms, services_.clock.now());
    delivery->last_attempt = spec.last_attempt;
    return to_json(spec);
}

Task<Result<SecretText>> DeliveryJobs::secrets_for_attempt(JobRow job) {
    auto spec = from_json_text<DeliverySpec>(job.spec, Unknown::ignore);
    if (!spec) co_return std::unexpected(std::move(spec).error());
    auto read = [this, config = std::move(spec->config)] { return secrets_for(config, services_.secrets); };
    co_return co_await run_on(services_.catalog, std::move(read));
}

Task<Result<void>> DeliveryJobs::object_made(JobRow job, WorkerEvent event) {
    const auto found = table_.find(job.subject);
    if (!found) co_return std::unexpected(found.error());
    const auto delivery = *found;
    const auto source = table_.source_of(delivery->row);
    if (!source) co_return std::unexpected(source.error());
    // Counted before the position moves on: dying in between makes the object once more, and its key tells that it counts.
    const bool failed = !event.object->failure.empty();
    const bool data = !failed && !event.object->backup;
    const DeliveryTotals more{.records = data ? event.object->records : 0,
                              .bytes = data ? event.object->bytes : 0,
                              .objects = data ? std::uint64_t{1} : 0,
                              .failed_records = failed ? event.object->records : 0};
    const UnixMs now = services_.clock.now();
    auto count = [this, name = job.subject, key = event.object->key, more, now] {
        return table_.store.add_delivered(name, key, more, now);
    };
    const auto counted = co_await run_on(services_.catalog, std::move(count));
    if (!counted) co_return std::unexpected(counted.error());
    auto committed = co_await table_.commit(*source, position_group(job.subject), std::move(event.positions));
    if (!committed) co_return committed;
    auto& row = delivery->row;
    if (*counted) {
        row.delivered.records += more.records;
        row.delivered.bytes += more.bytes;
        row.delivered.objects += more.objects;
        row.delivered.failed_records += more.failed_records;
    }
    delivery->failing_since.reset();
    delivery->paused_since.reset();
    row.last_delivery_ms = now;
    row.last_error.reset();
    for (auto* waiter : delivery->waiters) waiter->objects.push_back(*event.object);
    delivery->changed.notify();
    co_return Result<void>();
}

Task<Result<void>> DeliveryJobs::attempt_done(JobRow job, WorkerEvent event) {
    const auto found = table_.find(job.subject);
    if (!found) co_return std::unexpected(found.error());
    const auto source = table_.source_of((*found)->row);
    if (!source) co_return std::unexpected(source.error());
    auto committed = co_await table_.commit(*source, position_group(job.subject), std::move(event.positions));
    if (!committed) co_return committed;
    std::optional<std::string> error;
    if (event.done->lost_records > 0)
        error = fmt::format("{} records could no longer be read: expired or damaged before they were delivered",
                            event.done->lost_records);
    if (error || (*found)->row.last_error) co_await table_.set_error(*found, error);
    log_info("delivered", "name={} job={} records={} bytes={} objects={} lost={}", job.subject, job.id, event.done->records,
             event.done->bytes, event.done->objects, event.done->lost_records);
    co_return Result<void>();
}

// What a cancelled delivery left is in the next one: trying the old one again would deliver it twice.
std::optional<Error> DeliveryJobs::retry_refusal(const JobRow& job) {
    return Error(fail(Errc::conflict, "job {} cannot be tried again: it is {}", job.id, name_of_enum(job.state))
                     .hint(fmt::format("kns firehose deliver {} delivers what is left", job.subject)));
}

Task<void> DeliveryJobs::attempt_failed(JobRow job, Error error) {
    const auto found = table_.find(job.subject);
    if (!found) co_return;
    if (!(*found)->failing_since) (*found)->failing_since = services_.clock.now();
    if ((*found)->last_attempt && !(*found)->paused_since) {
        (*found)->paused_since = services_.clock.now();
        log_warn("delivery_paused", "name={} error=\"{}\"", job.subject, error.text());
    }
    for (auto* waiter : (*found)->waiters) waiter->error = error;
    co_await table_.set_error(*found, error.text());
    (*found)->changed.notify();
    const auto spec = from_json_text<DeliverySpec>(job.spec, Unknown::ignore);
    if (spec && spec->version != (*found)->row.version) co_await renew(*found, job.id);
}

Task<void> DeliveryJobs::renew(DeliveryPtr delivery, std::int64_t job) {
    delivery->renew_job = true;
    std::ignore = co_await supervisor_.cancel(job);
}

}  // namespace kns
