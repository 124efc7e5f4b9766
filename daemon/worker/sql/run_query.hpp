// `kns-worker --sql`: reads a SqlJob, runs it, writes rows to stdout.
#pragma once

namespace kns {

int run_sql();

}  // namespace kns
