// A directory that is gone with the test.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace kns {

class TemporaryDirectory {
   public:
    TemporaryDirectory() {
        if (!::mkdtemp(path_.data())) std::abort();
    }
    ~TemporaryDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    const std::string& path() const { return path_; }

   private:
    std::string path_ = "/tmp/kns-test-XXXXXX";
};

}  // namespace kns
