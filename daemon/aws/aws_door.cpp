#include "daemon/aws/aws_door.hpp"

#include "core/base/base64.hpp"
#include "core/base/log.hpp"
#include "daemon/http2_server.hpp"
#include "daemon/http_guard.hpp"

namespace kns::aws {
namespace {

constexpr std::string_view kTokenKey = "token_key";     // of the account's settings
constexpr std::string_view kHandedName = "aws-listen";  // as a restart hands the socket on
constexpr Ms kLookAtCertificate = kDay;                 // it is made anew before it ends

// Iterators that were given out before a restart are good after it.
Result<SecretKey> token_key(Catalog& catalog) {
    const auto kept = base64_decode(KNS_TRY(catalog.account_setting(kTokenKey)));
    if (kept && kept->size() == SecretKey::kBytes) return SecretKey::from(as_bytes(*kept));
    const auto made = SecretKey::random();
    KNS_TRY(catalog.set_account_setting(kTokenKey, base64_encode(as_text(made.bytes()))));
    return made;
}

// DIRECTORY/DATABASE/TABLE.sql, or .json.
FindTable tables_in(const std::string& place) {
    return [place](const std::string& database, const std::string& table) -> Result<std::string> {
        if (place.empty())
            return fail(Errc::invalid_argument, "kns does not know where the table {}.{} is: set aws.tables", database, table)
                .hint("kns config set aws.tables file:///DIRECTORY/, which has DATABASE/TABLE.sql with CREATE TABLE");
        const std::string base = fmt::format("{}{}/{}", KNS_TRY(parse_destination(place)).path, database, table);
        for (const auto* suffix : {".sql", ".json"})
            if (auto text = read_file(base + suffix)) return text;
        return fail(Errc::invalid_argument, "the table {}.{} could not be found: there is neither {}.sql nor {}.json", database,
                    table, base, base);
    };
}

}  // namespace

Result<void> AwsDoor::open(std::vector<HandedDescriptor>& handed) {
    Catalog catalog(db_);
    kinesis_.emplace(services_, db_, services_.consumers, KNS_TRY(token_key(catalog)), [this] {
        const auto& aws = services_.config.config().aws;
        return KinesisSettings{aws.place, aws.limits, aws.transition_ms};
    });
    firehose_.emplace(services_, deliveries_, [this] {
        const auto& aws = services_.config.config().aws;
        return FirehoseSettings{
            aws.place, aws.limits, aws.transition_ms, {{aws.buckets, aws.buckets_secret}, aws.functions, tables_in(aws.tables)}};
    });
    face_.emplace(services_, *kinesis_, *firehose_, leases_, keys_);
    Fd socket;
    for (auto& [name, fd] : handed)
        if (name == kHandedName && fd) socket = std::move(fd);
    listen(std::move(socket));
    return {};
}

std::vector<HandedDescriptor> AwsDoor::hand_on() {
    std::vector<HandedDescriptor> out;
    if (listens()) out.push_back(listener_.hand_on(std::string(kHandedName)));
    return out;
}

void AwsDoor::settings_changed() {
    tls_ = nullptr;
    if (services_.config.config().aws.listen != wanted_) listen();
}

void AwsDoor::listen(Fd handed) {
    wanted_ = services_.config.config().aws.listen;
    trouble_.clear();
    listener_.close();
    if (wanted_ == "off") return;
    const auto address = TcpAddress::parse(wanted_);
    const auto opened = address ? listener_.open(*address, std::move(handed)) : std::unexpected(address.error());
    if (!opened) {
        trouble_ = opened.error().text();
        log_error("not_listening", "face=aws error=\"{}\"", trouble_);
        return;
    }
    log_info("listening", "face=aws address={}", listener_.address()->text());
}

Task<void> AwsDoor::load_keys() {
    const auto version = secrets_version_;
    auto read = [this, now = services_.clock.now()] { return AccessKeys::read(services_.secrets, true, now); };
    auto keys = co_await run_on(services_.catalog, std::move(read));
    if (!keys) {
        log_error("no_access_keys", "error=\"{}\"", keys.error().text());
        co_return;
    }
    keys_.use(std::move(*keys));
    keys_version_ = version;
}

Result<TlsContext> AwsDoor::tls() {
    const auto now = services_.clock.now();
    if (tls_ && now < tls_made_ms_ + kLookAtCertificate) return tls_;
    tls_ = KNS_TRY(make_tls_context(KNS_TRY(ensure_certificates(tls_directory_, now))));
    tls_made_ms_ = now;
    return tls_;
}

// The first byte says whether it speaks TLS, the first three whether it speaks HTTP/2.
Task<void> AwsDoor::meet(Socket client, bool by_tls) {
    auto [failure] = co_await client.async_wait(Socket::wait_read, kNoThrow);
    if (failure) co_return;
    if (by_tls || !begins_tls(client)) {
        const bool http2 = begins_http2(client);
        serve_(std::move(client), http2, [this](HttpExchange& exchange) { return answer(exchange); });
        co_return;
    }
    if (!services_.config.config().aws.tls) co_return;
    auto context = tls();
    if (!context) {
        log_error("no_tls", "error=\"{}\"", context.error().text());
        co_return;
    }
    std::function<void(Socket)> visitor = [this](Socket plain) {
        asio::co_spawn(services_.io, meet(std::move(plain), true), asio::detached);
    };
    co_await relay_tls(services_.io, std::move(*context), std::move(client), std::move(visitor));
}

Task<void> AwsDoor::answer(HttpExchange& exchange) {
    if (const auto why = refuse_by_guard(exchange.head())) {
        exchange.close_when_answered();
        HttpAnswer refusal = error_answer(fail(Errc::permission_denied, "{}", *why));
        co_await exchange.answer(std::move(refusal));
        co_return;
    }
    if (keys_version_ != secrets_version_) co_await load_keys();
    co_await face_->serve(exchange, services_.config.config().aws.auth);
}

std::vector<Listener> AwsDoor::listeners() const {
    if (wanted_ == "off") return {};
    const auto at = listener_.address();
    const auto& aws = services_.config.config().aws;
    return {{.face = "aws", .address = at ? at->text() : wanted_, .tls = aws.tls, .auth = aws.auth, .trouble = trouble_}};
}

Task<Result<HttpAnswer>> AwsDoor::env() {
    const auto at = listener_.address();
    if (!at)
        co_return fail(Errc::not_found, "AWS's API is not served{}", trouble_.empty() ? "" : ": " + trouble_)
            .hint("kns daemon listen aws");
    auto read = [this, now = services_.clock.now()] { return AccessKeys::read_local(services_.secrets, now); };
    auto key = co_await run_on(services_.catalog, std::move(read));
    if (!key) co_return std::unexpected(std::move(key).error());
    const auto& aws = services_.config.config().aws;
    AwsEnv out;
    out.endpoint_url = fmt::format("{}://{}", aws.tls ? "https" : "http", at->text());
    if (aws.tls) {
        const auto files = ensure_certificates(tls_directory_, services_.clock.now());
        if (!files) co_return std::unexpected(files.error());
        out.ca_bundle = files->authority;
    }
    out.region = aws.place.region;
    out.account = aws.place.account;
    out.access_key_id = key->id;
    out.secret_access_key = key->secret.view();
    co_return json_answer(to_json(out));
}

void AwsDoor::add_routes(Router& router) {
    router.add("POST", "/", "AWS's API: Kinesis Data Streams",
               [this](HttpExchange& exchange, PathArgs) -> Task<void> { co_await face_->serve(exchange, false); });
    router.add_json("GET", "/v1/aws/env", "what an AWS client has to be told",
                    [this](HttpExchange&, PathArgs) -> Task<Result<HttpAnswer>> { co_return co_await env(); });
}

}  // namespace kns::aws
