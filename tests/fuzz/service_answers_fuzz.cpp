// What services say and what their tools leave in files: whatever it is, it is read in bounds and ends in an answer or an error.
#include "core/aws/credentials_file.hpp"
#include "plugins/http/http_answer.hpp"
#include "plugins/opensearch/bulk.hpp"
#include "plugins/s3/s3_answers.hpp"
#include "plugins/splunk/splunk_answer.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace kns;
using kns::fuzz::must;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto error = s3::error_of(400, text, {}, "bucket");
    must(!error.message.empty() && error.message.size() < size + 100);
    for (const auto& upload : s3::uploads_in(text, s3::element_of(text, "Key")))
        must(!upload.id.empty() && upload.id.size() < size);
    for (const auto& key : s3::keys_in(text)) must(!key.empty() && key.size() < size);
    if (const auto who = aws::find_profile(text, "default"))
        must(!who->access_key_id.empty() && !who->secret_access_key.view().empty());
    const auto failure = failure_of({.status = 200, .content_type = "application/json", .body = text}, "1");
    must(failure ? !failure->code.empty() : text.contains("requestId"));
    if (const auto failures = opensearch::failures_in(text, 2))
        for (const auto& item : *failures) must(item.item < 2 && (item.status < 200 || item.status > 299));
    for (const int status : {200, 400})
        if (const auto taken = read_splunk_answer(status, text); !taken) must(!taken.error().failure.code.empty());
    std::ignore = read_splunk_ack(200, text, 7);
    if (const auto line = opensearch::one_line(text)) must(!line->contains('\n') && line->size() == size);
    return 0;
}
