// Objects in a bucket that Redshift loads, one after the other, by COPY with a manifest. What it will not load when the time
// for that is over stays in the bucket, and a manifest below errors/ names it, as Firehose does.
#include "core/firehose/redshift_table.hpp"
#include "core/plugin/abi.hpp"
#include "plugins/libpq/database.hpp"

namespace kns {
namespace {

// Milliseconds; the daemon gives a worker that says nothing up after twelve minutes.
constexpr std::string_view kSetup = "SET statement_timeout TO 600000";

class RedshiftSink final : public Sink {
   public:
    static Result<std::unique_ptr<Sink>> open(const SinkTarget& target, const Registry& registry) {
        auto out = std::unique_ptr<RedshiftSink>(new RedshiftSink(target));
        out->table_ = KNS_TRY(parse_redshift_table(target.destination.url()));
        SinkTarget staging = target;
        staging.destination = out->table_.staging;
        staging.secret = target.staging_secret;
        out->staging_ = KNS_TRY(registry.make_sink(staging));
        out->database_ = KNS_TRY(Database::make(target, out->table_.table, "Redshift", std::string(kSetup)));
        return out;
    }

    Result<std::unique_ptr<SinkObject>> begin(std::string_view key, const ObjectTraits& traits) override {
        return std::make_unique<Object>(*this, std::string(key), KNS_TRY(staging_->begin(key, traits)));
    }
    Result<std::vector<std::string>> list(std::string_view prefix, std::string_view after) override {
        return staging_->list(prefix, after);
    }
    Result<std::string> read(std::string_view key) override { return staging_->read(key); }
    Result<void> remove(std::string_view key) override { return staging_->remove(key); }

   private:
    class Object final : public SinkObject {
       public:
        Object(RedshiftSink& sink, std::string key, std::unique_ptr<SinkObject> staged)
            : sink_(sink), key_(std::move(key)), staged_(std::move(staged)) {}
        Result<void> write(Bytes bytes) override {
            bytes_ += bytes.size();
            return staged_->write(bytes);
        }
        Result<std::optional<SkippedObject>> commit(std::uint64_t rows) override {
            KNS_TRY(staged_->commit(rows));
            return sink_.load(key_, bytes_);
        }

       private:
        RedshiftSink& sink_;
        std::string key_;
        std::unique_ptr<SinkObject> staged_;
        std::uint64_t bytes_ = 0;
    };

    explicit RedshiftSink(const SinkTarget& target)
        : format_(target.format), compress_(target.compress), last_attempt_(target.last_attempt) {}

    Result<void> put_manifest(const std::string& key, std::string_view object_key, std::uint64_t bytes) {
        const auto object = KNS_TRY(staging_->begin(key, {}));
        KNS_TRY(object->write(as_bytes(manifest_text(table_.staging.plain_url() + std::string(object_key), bytes))));
        KNS_TRY(object->commit(0));
        return {};
    }

    Result<std::optional<SkippedObject>> load(const std::string& object_key, std::uint64_t bytes) {
        const auto manifest = manifest_key(object_key, false);
        KNS_TRY(put_manifest(manifest, object_key, bytes));
        const auto loaded = copy(table_.staging.plain_url() + manifest);
        if (loaded) return std::nullopt;
        const SendFailure& why = loaded.error();
        const std::string message = fmt::format("{}: {}", why.code, why.error.message);
        if (!last_attempt_) return fail(why.error.code, "{}", message);
        KNS_TRY(put_manifest(manifest_key(object_key, true), object_key, bytes));
        return SkippedObject{.failure = "redshift-failed", .message = message};
    }

    std::expected<void, SendFailure> copy(const std::string& manifest_url) {
        if (const auto ready = database_->connect(); !ready) return std::unexpected(ready.error());
        const DatabaseAnswer answer(::PQexec(database_->get(), copy_statement(table_, manifest_url, format_, compress_).c_str()));
        if (::PQresultStatus(answer.get()) == PGRES_COMMAND_OK) return {};
        const char* state = ::PQresultErrorField(answer.get(), PG_DIAG_SQLSTATE);
        auto why = database_->failure_of(answer.get());
        if (state) why.code = redshift_code(state, why.error.message);
        return std::unexpected(std::move(why));
    }

    RedshiftTable table_;
    std::string format_;
    Compression compress_;
    bool last_attempt_;
    std::unique_ptr<Sink> staging_;
    std::optional<Database> database_;
};

}  // namespace
}  // namespace kns

KNS_PLUGIN(redshift, "objects that Amazon Redshift loads by COPY") { registry.add_sink("redshift", kns::RedshiftSink::open); }
