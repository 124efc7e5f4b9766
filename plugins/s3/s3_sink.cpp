// Objects in a bucket. Up to one part's size they are put at once; a larger one is a multipart upload, with some parts on
// their way while the next is being filled. What is not completed is never visible; what a crashed worker left of a
// key is aborted before the same key is uploaded again, which the next attempt does.
#include <deque>
#include <future>

#include "core/base/log.hpp"
#include "core/plugin/abi.hpp"
#include "plugins/s3/s3_client.hpp"

namespace kns::s3 {
namespace {

constexpr std::size_t kPartBytes = 8 << 20;  // S3 takes parts from 5 MiB, 10,000 of them
constexpr std::size_t kPartsOnTheirWay = 3;

// Clients that wait for work, each with its connection.
class ClientPool {
   public:
    static Result<std::unique_ptr<ClientPool>> make(const SinkTarget& target) {
        auto pool = std::make_unique<ClientPool>();
        for (std::size_t i = 0; i < kPartsOnTheirWay; ++i) pool->clients_.push_back(KNS_TRY(Client::make(target)));
        return pool;
    }
    // Of the sink's own thread: each part on its way has another one.
    Client& operator[](std::size_t i) { return clients_[i % clients_.size()]; }

   private:
    std::vector<Client> clients_;
};

class S3Object final : public SinkObject {
   public:
    S3Object(ClientPool& clients, std::string key, ObjectTraits traits)
        : clients_(clients), upload_{.key = std::move(key), .id = {}}, traits_(std::move(traits)) {}
    ~S3Object() override {
        if (upload_.id.empty()) return;
        on_their_way_.clear();  // waits for them
        if (const auto aborted = clients_[0].abort(upload_); !aborted)
            log_warn("upload_left", "key={} error=\"{}\"", upload_.key, aborted.error().text());
    }

    Result<void> write(Bytes bytes) override {
        while (part_.size() + bytes.size() > kPartBytes) {
            const std::size_t some = kPartBytes - part_.size();
            part_ += as_text(bytes.first(some));
            bytes = bytes.subspan(some);
            KNS_TRY(send_part());
        }
        part_ += as_text(bytes);
        return {};
    }

    Result<std::optional<SkippedObject>> commit(std::uint64_t) override {
        if (sent_ == 0) {
            KNS_TRY(clients_[0].put(upload_.key, as_bytes(part_), traits_));
            return std::nullopt;
        }
        KNS_TRY(send_part());
        while (!on_their_way_.empty()) KNS_TRY(receive_part());
        KNS_TRY(clients_[0].complete(upload_, etags_));
        upload_.id.clear();
        return std::nullopt;
    }

   private:
    Result<void> send_part() {
        if (sent_ == 0) {
            for (const auto& left : KNS_TRY(clients_[0].unfinished(upload_.key))) KNS_TRY(clients_[0].abort(left));
            upload_.id = KNS_TRY(clients_[0].create_upload(upload_.key, traits_));
        }
        if (on_their_way_.size() == kPartsOnTheirWay) KNS_TRY(receive_part());
        auto put = [this, number = ++sent_, part = std::exchange(part_, {})] {
            return clients_[static_cast<std::size_t>(number)].put_part(upload_, number, as_bytes(part));
        };
        on_their_way_.push_back(std::async(std::launch::async, std::move(put)));
        part_.reserve(kPartBytes);
        return {};
    }
    // The oldest: so its client is free for the next.
    Result<void> receive_part() {
        auto part = std::move(on_their_way_.front());
        on_their_way_.pop_front();
        etags_.push_back(KNS_TRY(part.get()));
        return {};
    }

    ClientPool& clients_;  // the sink's
    Upload upload_;        // its id is empty before there is one, and when it is completed
    ObjectTraits traits_;
    std::string part_;
    int sent_ = 0;
    std::deque<std::future<Result<std::string>>> on_their_way_;
    std::vector<std::string> etags_;
};

class S3Sink final : public Sink {
   public:
    static Result<std::unique_ptr<Sink>> open(const SinkTarget& target, const Registry&) {
        return std::unique_ptr<Sink>(new S3Sink(KNS_TRY(ClientPool::make(target)), target.destination.path));
    }
    Result<std::unique_ptr<SinkObject>> begin(std::string_view key, const ObjectTraits& traits) override {
        return std::make_unique<S3Object>(*clients_, base_ + std::string(key), traits);
    }
    Result<std::vector<std::string>> list(std::string_view prefix, std::string_view after) override {
        auto keys = KNS_TRY((*clients_)[0].list(base_ + std::string(prefix), after.empty() ? "" : base_ + std::string(after)));
        for (auto& key : keys) key.erase(0, base_.size());
        return keys;
    }
    Result<std::string> read(std::string_view key) override { return (*clients_)[0].get(base_ + std::string(key), kMostRead); }
    Result<void> remove(std::string_view key) override { return (*clients_)[0].remove(base_ + std::string(key)); }

   private:
    S3Sink(std::unique_ptr<ClientPool> clients, std::string base) : clients_(std::move(clients)), base_(std::move(base)) {}

    std::unique_ptr<ClientPool> clients_;
    std::string base_;  // what all keys begin with
};

}  // namespace
}  // namespace kns::s3

KNS_PLUGIN(s3, "objects in a bucket of Amazon S3, or of what speaks its language") {
    registry.add_sink("s3", kns::s3::S3Sink::open);
}
