#include "cli/delivery_options.hpp"

#include "cli/deliveries.hpp"
#include "cli/tags.hpp"
#include "core/base/buffering.hpp"

namespace kns::cli {

Result<UpdateDelivery> delivery_settings(const Args& args) {
    UpdateDelivery out;
    if (args.has("to")) out.to = KNS_TRY(destination_url(args.text("to")));
    out.endpoint = args.maybe_text("endpoint");
    out.region = args.maybe_text("region");
    out.secret = args.maybe_text("secret");
    out.profile = args.maybe_text("profile");
    out.format = args.maybe_text("format");
    if (args.has("compress")) out.compress = KNS_TRY(enum_from_name<Compression>(args.text("compress")));
    if (args.has("delimiter")) out.delimiter = KNS_TRY(enum_from_name<Delimiter>(args.text("delimiter")));
    if (args.has("buffer")) {
        const auto buffering = KNS_TRY(context(parse_buffering(args.text("buffer")), "--buffer"));
        out.buffer_bytes = buffering.bytes;
        out.buffer_ms = buffering.ms;
    }
    out.prefix = args.maybe_text("prefix");
    out.error_prefix = args.maybe_text("error-prefix");
    out.retry_ms = args.duration("retry");
    // "" is no backup, and not this directory.
    if (args.has("backup")) out.backup = args.text("backup").empty() ? "" : KNS_TRY(destination_url(args.text("backup")));
    if (args.has("attribute")) out.attributes = KNS_TRY(context(parse_tags(args.all("attribute")), "--attribute"));
    return out;
}

}  // namespace kns::cli
