// One object after the other, formatted and compressed on its way to a sink.
#pragma once

#include <memory>

#include "core/firehose/object_key.hpp"
#include "core/plugin/registry.hpp"

namespace kns {

struct DeliverySpec;

class ObjectWriter {
   public:
    // `prefix` is not evaluated with anything but partition keys. `extension` replaces the usual one, unless it is empty.
    // Borrows `spec` and `registry`.
    static Result<ObjectWriter> make(const DeliverySpec& spec, const SinkTarget& target, std::string_view prefix,
                                     const std::string& extension, const Registry& registry);

    Result<void> begin(UnixMs arrival, ObjectIdentity identity, const PartitionKeys& keys = {});
    // Formats one record, if it fits; hands on what has become of it now and then.
    Result<std::optional<UnfitRecord>> add(std::string_view record);
    // Text that is formatted already.
    Result<void> add_formatted(std::string_view text);
    // Completes `made`: its key, url and stored bytes.
    Result<void> end(DeliveredObject& made);

    // Of the same kind, for text that is formatted elsewhere.
    Result<std::unique_ptr<Format>> another_format() const;

   private:
    Result<void> hand_on(bool last);

    const DeliverySpec* spec_ = nullptr;
    const Registry* registry_ = nullptr;
    Destination destination_;
    ObjectPrefix prefix_;
    ObjectNaming naming_;
    ObjectTraits traits_;
    std::unique_ptr<Format> format_;
    std::unique_ptr<Compressor> compressor_;  // null: none asked for
    std::unique_ptr<Sink> sink_;
    std::unique_ptr<SinkObject> object_;  // null between objects; dies before its sink
    std::string key_, formatted_, packed_;
    std::uint64_t stored_bytes_ = 0;
};

}  // namespace kns
