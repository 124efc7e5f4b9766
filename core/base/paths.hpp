// Where things are: the data directory, the files in it, and the socket.
//
// A daemon is found through its data directory, never through the login session, so that cron, ssh and a desktop meet
// the same one.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace kns {

// The name of a project's own data directory, in the project's folder.
inline constexpr std::string_view kProjectDataDir = ".kns";

// A data directory by its absolute path, which need not exist yet.
class DataDir {
   public:
    // `option` (--data-dir) if not empty, then KNS_DATA_DIR, the .kns that the current directory or the nearest
    // one above it has and that is this user's own, $XDG_DATA_HOME/kns, ~/.local/share/kns. Symbolic links are
    // resolved as far as the path exists: two spellings of one directory must lead to one daemon.
    static Result<DataDir> find(std::string_view option = {});
    explicit DataDir(std::string root) : root_(std::move(root)) {}

    const std::string& root() const { return root_; }
    std::string lock_file() const { return root_ + "/knsd.lock"; }  // flock for the daemon's life
    std::string spawn_lock_file() const { return root_ + "/knsd.spawn.lock"; }
    std::string daemon_file() const { return root_ + "/knsd.json"; }  // DaemonFile
    std::string config_file() const { return root_ + "/kns.yaml"; }
    std::string daemon_log() const { return root_ + "/knsd.log"; }
    std::string database() const { return root_ + "/kns.db"; }
    std::string key_file() const { return root_ + "/key"; }  // see core/store/key_file.hpp
    std::string log_directory() const { return root_ + "/log"; }
    std::string tls_directory() const { return root_ + "/tls"; }
    std::string run_directory() const { return root_ + "/run"; }
    std::string jobs_directory() const { return root_ + "/jobs"; }
    std::string quarantine_directory() const { return root_ + "/quarantine"; }

    // Creates it with mode 0700, and says clearly why it cannot be used (not ours, read-only, a file).
    Result<void> make() const;

   private:
    std::string root_;
};

// The longest path that fits in sockaddr_un with its final zero.
inline constexpr std::size_t kMaxSocketPathBytes = 107;

// Where a daemon of this directory puts its socket: run/knsd.sock in it, or, if that is too long for a socket address,
// $XDG_RUNTIME_DIR/kns/<hash of the directory>.sock. Never a directory that others share.
Result<std::string> choose_socket_path(const DataDir& data);

// For the daemon: the same, with its directory made (0700) and checked to be ours alone.
Result<std::string> prepare_socket_path(const DataDir& data);

// For a client: what knsd.json says, or the chosen path where there is no such file.
Result<std::string> find_socket(const DataDir& data);

// $HOME, or the entry in /etc/passwd. (A static program cannot ask NSS; users of a directory service have $HOME.)
Result<std::string> home_directory();

}  // namespace kns
