// The keys that AWS clients sign with: secrets whose names begin with "aws-client.". One, aws-client.local, is the
// installation's own, made when it is first needed.
#pragma once

#include <map>

#include "core/store/secret_store.hpp"

namespace kns::aws {

inline constexpr std::string_view kClientSecrets = "aws-client.", kLocalClient = "aws-client.local";

struct AccessKey {
    std::string id;
    SecretText secret;
};

class AccessKeys {
   public:
    using ById = std::map<std::string, AccessKey, std::less<>>;

    // --- the catalog thread: what is stored; with `make_local`, the installation's own is there afterwards.
    static Result<ById> read(SecretStore& secrets, bool make_local, UnixMs now);
    static Result<AccessKey> read_local(SecretStore& secrets, UnixMs now);

    // --- the I/O thread
    void use(ById keys) { keys_ = std::move(keys); }
    std::optional<SecretText> find(std::string_view id) const;

   private:
    ById keys_;
};

}  // namespace kns::aws
