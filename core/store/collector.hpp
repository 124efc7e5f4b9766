// Gives the log's disk space back: whole segments when nothing in them lives, and thin ones by rewriting what does.
//
// Lives on the catalog thread. Only touches segments that the index has covered completely and the log has left.
#pragma once

#include "core/store/database.hpp"
#include "core/store/env.hpp"
#include "core/store/place.hpp"

namespace kns {

class Collector {
   public:
    // Borrows both.
    Collector(Database& db, Directory& log) : db_(db), log_(log) {}

    struct Collected {
        std::uint64_t removed = 0, rewritten = 0, freed_bytes = 0;
    };
    // Everything in segments before `indexed` is known to the catalog.
    Result<Collected> collect(Place indexed);

   private:
    Result<std::uint64_t> rewrite(std::uint64_t id, std::uint64_t generation);
    Database& db_;
    Directory& log_;
};

}  // namespace kns
