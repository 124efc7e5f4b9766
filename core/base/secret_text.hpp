// Memory that held a secret, and is overwritten when it is done with it. Any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace kns {

// Overwrites memory that held a secret; never optimised away.
void wipe(std::span<std::byte> bytes);
void wipe(std::string& text);

// Text that is wiped when it dies or is moved away.
class SecretText {
   public:
    SecretText() = default;
    explicit SecretText(std::string&& text) : text_(text) { wipe(text); }
    SecretText(SecretText&& other) noexcept : text_(other.text_) { wipe(other.text_); }
    SecretText& operator=(SecretText&& other) noexcept {
        wipe(text_);
        text_ = other.text_;
        wipe(other.text_);
        return *this;
    }
    ~SecretText() { wipe(text_); }
    std::string_view view() const { return text_; }
    std::string& text() { return text_; }

   private:
    std::string text_;
};

}  // namespace kns
