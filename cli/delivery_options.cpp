#include "cli/delivery_options.hpp"

#include "cli/deliveries.hpp"
#include "cli/tags.hpp"
#include "core/base/buffering.hpp"
#include "core/base/posix.hpp"

namespace kns::cli {
namespace {

// What is kept is the schema itself: the file may go.
Result<std::string> read_schema(const std::string& given) {
    if (given == kInferSchema || given.empty()) return given;
    return read_file(given);
}

}  // namespace

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
    if (args.has("spool")) {
        const auto spool = KNS_TRY(context(parse_buffering(args.text("spool")), "--spool"));
        out.spool_bytes = spool.bytes;
        out.spool_ms = spool.ms;
    }
    out.prefix = args.maybe_text("prefix");
    out.error_prefix = args.maybe_text("error-prefix");
    out.retry_ms = args.duration("retry");
    // "" is no backup, and not this directory.
    if (args.has("backup")) out.backup = args.text("backup").empty() ? "" : KNS_TRY(destination_url(args.text("backup")));
    if (args.has("attribute")) out.attributes = KNS_TRY(context(parse_tags(args.all("attribute")), "--attribute"));
    if (args.has("logs")) out.logs = KNS_TRY(enum_from_name<Logs>(args.text("logs")));
    out.deaggregate = args.maybe_text("deaggregate");
    if (args.has("transform")) out.transform = KNS_TRY(transform_from_here(args.text("transform")));
    out.transform_bytes = args.size("transform-buffer");
    out.transform_retries = args.number("transform-retries");
    out.transform_ms = args.duration("transform-timeout");
    if (args.has("partition"))
        out.partition = KNS_TRY(context(parse_tags(args.all("partition"), "a partition key and its query"), "--partition"));
    out.extension = args.maybe_text("extension");
    out.time_zone = args.maybe_text("time-zone");
    if (args.has("backup-mode")) out.backup_mode = KNS_TRY(enum_from_name<BackupMode>(args.text("backup-mode")));
    out.backup_prefix = args.maybe_text("backup-prefix");
    if (args.has("schema")) out.schema = KNS_TRY(context(read_schema(args.text("schema")), "--schema"));
    if (args.has("column")) out.columns = KNS_TRY(context(parse_tags(args.all("column"), "a column and its key"), "--column"));
    if (args.has("format-option"))
        out.format_options = KNS_TRY(context(parse_tags(args.all("format-option"), "an option and its value"), "--format-option"));
    return out;
}

}  // namespace kns::cli
