#include "core/base/log.hpp"
#include "daemon/api/backup_routes.hpp"

namespace kns {
namespace {

// Piece by piece, so that it takes as much memory for a terabyte as for a byte, and goes as fast as the client takes it.
Task<void> send_backup(Services& services, Backup& backup, HttpExchange& exchange) {
    if (!co_await exchange.begin_chunks(200, "application/x-tar")) co_return;
    std::vector<std::byte> piece;
    for (;;) {
        auto read = [&backup, &piece] { return backup.read(piece); };
        const auto outcome = co_await run_on(services.readers, std::move(read));
        if (!outcome) {
            log_error("backup_failed", "error=\"{}\"", outcome.error().text());
            co_return;  // the client sees a body that was cut off
        }
        if (piece.empty()) break;
        const Bytes part(piece);
        if (!co_await exchange.write_chunk(std::span(&part, 1))) co_return;
    }
    co_await exchange.end_chunks();
    log_info("backup_written", "log_bytes={} records={}", backup.head().log_bytes, backup.head().records);
}

}  // namespace

void add_backup_routes(Router& router, Services& services, Maintenance& maintenance) {
    router.add("GET", "/v1/backup", "everything, as a tar archive",
               [&services, &maintenance](HttpExchange& exchange, PathArgs) -> Task<void> {
                   auto begin = [&maintenance] { return maintenance.begin_backup(); };
                   auto backup = co_await run_on(services.catalog, std::move(begin));
                   if (!backup) {
                       HttpAnswer answer = error_answer(backup.error());
                       co_await exchange.answer(std::move(answer));
                       co_return;
                   }
                   co_await send_backup(services, **backup, exchange);
                   maintenance.end_backup(std::move(*backup));
               });
}

}  // namespace kns
