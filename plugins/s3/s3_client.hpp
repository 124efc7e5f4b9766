// The few requests of Amazon S3 that delivering needs, signed (Signature Version 4), each a round trip. One thread.
// Contract: the S3 API reference; paths are encoded once, all but letters, digits and -._~/ of a key.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/aws/signature.hpp"
#include "core/plugin/sink.hpp"
#include "plugins/http_client/http_client.hpp"
#include "plugins/s3/s3_answers.hpp"

namespace kns::s3 {

class Client {
   public:
    // The bucket, where it is, and who we are, from a sink's target.
    static Result<Client> make(const SinkTarget& target);

    Result<void> put(std::string_view key, Bytes body, const ObjectTraits& traits);
    Result<std::string> create_upload(std::string_view key, const ObjectTraits& traits);  // its id
    Result<std::string> put_part(const Upload& upload, int number, Bytes body);           // its ETag; numbers from 1
    Result<void> complete(const Upload& upload, const std::vector<std::string>& etags);
    Result<void> abort(const Upload& upload);
    // Uploads of exactly this key that nobody completed.
    Result<std::vector<Upload>> unfinished(std::string_view key);

    // The first keys that begin with `prefix` and come behind `after`; none: there are no more.
    Result<std::vector<std::string>> list(std::string_view prefix, std::string_view after);
    Result<std::string> get(std::string_view key, std::size_t most);
    Result<void> remove(std::string_view key);

   private:
    Client() = default;
    // `query` without its question mark, canonical already.
    Result<HttpReply> call(std::string_view method, std::string_view key, const std::string& query, Bytes body,
                           const ObjectTraits& traits = {}, std::size_t max_answer = 1 << 20);

    HttpClient http_;
    std::string origin_, host_, base_path_;  // "https://host:port", "host:port", "" or "/bucket"
    std::string bucket_, region_;
    aws::Credentials who_;
};

}  // namespace kns::s3
