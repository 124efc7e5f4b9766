// Lines of files, and of stdin.
#pragma once

#include "core/base/posix.hpp"
#include "daemon/worker/sql/table_input.hpp"

namespace kns {

class FileInput : public TableInput {
   public:
    // A file, or all files below a directory, in the order of their names; hidden ones are left out.
    static Result<std::unique_ptr<FileInput>> open(const std::string& path);
    static std::unique_ptr<FileInput> of_stdin(std::string already_read = {});
    Result<State> read(sql::TableFeed& feed) override;
    int fd() const override { return file_.get(); }

   private:
    FileInput() = default;
    // Everything up to the last newline, or all of it at the end.
    void give_lines(sql::TableFeed& feed, bool at_end);

    std::vector<std::string> paths_;  // still to be read, the last one first
    std::string path_;
    Fd file_;
    bool stdin_ = false;
    std::string buffer_;
    std::size_t filled_ = 0;
    std::int64_t line_ = 0;
    std::uint32_t split_ = 0;
};

// The first lines of stdin, which are not lost: FileInput::of_stdin gives them again.
Result<std::vector<std::string>> first_lines_of_stdin(std::size_t limit);
// Of a file or directory.
Result<std::vector<std::string>> first_lines(const std::string& path, std::size_t limit);

}  // namespace kns
