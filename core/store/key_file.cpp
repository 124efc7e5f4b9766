#include "core/store/key_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "core/base/base64.hpp"
#include "core/base/posix.hpp"

namespace kns {
namespace {

constexpr std::string_view kMagic = "kns-key-1 ";
constexpr std::size_t kIdDigits = 16, kKeyDigits = 2 * SecretKey::kBytes;
constexpr std::size_t kLineBytes = kMagic.size() + kIdDigits + 1 + kKeyDigits + 1;

Result<void> check_private(const std::string& path, const struct stat& file) {
    if (!S_ISREG(file.st_mode)) return fail(Errc::permission_denied, "the key file {} is not a plain file", path);
    if (file.st_uid != ::geteuid())
        return fail(Errc::permission_denied, "the key file {} belongs to user {}, not to you", path, file.st_uid)
            .hint("somebody else may know the key in it");
    if (file.st_mode & 077)
        return fail(Errc::permission_denied, "the key file {} is open to others (mode {:04o})", path, file.st_mode & 07777)
            .hint(fmt::format("chmod 600 {}; kns daemon restart", path));
    if (file.st_nlink != 1)
        return fail(Errc::permission_denied, "the key file {} has {} names", path, file.st_nlink)
            .hint(fmt::format("find / -samefile {} tells the others", path));
    return {};
}

Result<MasterKey> parse(const std::string& path, std::string_view line) {
    auto damaged = [&] { return fail(Errc::corrupt, "the key file {} is damaged", path).hint("put it back from a backup"); };
    if (line.size() != kLineBytes || !line.starts_with(kMagic) || line.back() != '\n') return damaged();
    SecretText bytes(hex_decode(line.substr(kMagic.size() + kIdDigits + 1, kKeyDigits)).value_or(""));
    auto key = SecretKey::from(as_bytes(bytes.view()));
    if (!key || fingerprint(*key) != line.substr(kMagic.size(), kIdDigits)) return damaged();
    return MasterKey{fingerprint(*key), *key};
}

}  // namespace

MasterKey MasterKey::make() {
    const auto key = SecretKey::random();
    return {fingerprint(key), key};
}

Result<std::optional<MasterKey>> read_key_file(const std::string& path) {
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!fd && errno == ENOENT) return std::nullopt;
    if (!fd && errno == ELOOP)
        return fail(Errc::permission_denied, "the key file {} is a symbolic link", path).hint("put the file itself there");
    if (!fd) return fail_errno(errno, "the key file " + path);
    struct stat file{};
    if (::fstat(fd.get(), &file) < 0) return fail_errno(errno, path);
    KNS_TRY(check_private(path, file));
    SecretText line(std::string(kLineBytes + 1, '\0'));
    const auto got = ::read(fd.get(), line.text().data(), line.text().size());
    if (got < 0) return fail_errno(errno, path);
    return KNS_TRY(parse(path, line.view().substr(0, static_cast<std::size_t>(got))));
}

Result<void> write_key_file(const std::string& path, const MasterKey& master) {
    const std::string temporary = path + ".tmp";
    if (::unlink(temporary.c_str()) < 0 && errno != ENOENT) return fail_errno(errno, temporary);
    {
        const Fd fd = KNS_TRY(open_file(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600));
        SecretText digits(hex_encode(as_text(master.key.bytes())));
        SecretText line(fmt::format("{}{} {}\n", kMagic, master.id, digits.view()));
        KNS_TRY(context(write_all(fd.get(), line.view()), temporary));
        if (::fsync(fd.get()) < 0) return fail_errno(errno, temporary);
    }
    if (::rename(temporary.c_str(), path.c_str()) < 0) return fail_errno(errno, path);
    return sync_directory(path.substr(0, path.rfind('/') + 1));
}

}  // namespace kns
