// What requests under way may hold in memory together, so that clients that are slow, or have stopped, hold no more. One thread.
#pragma once

#include <cstddef>
#include <utility>

namespace kns::aws {

class Allowance {
   public:
    explicit Allowance(std::size_t bytes) : left_(bytes) {}

    // A part of it, until it ends.
    class Share {
       public:
        Share() = default;
        Share(Share&& other) noexcept : of_(std::exchange(other.of_, nullptr)), bytes_(other.bytes_) {}
        Share& operator=(Share&& other) noexcept {
            std::swap(of_, other.of_);
            std::swap(bytes_, other.bytes_);
            return *this;
        }
        ~Share() {
            if (of_) of_->left_ += bytes_;
        }
        explicit operator bool() const { return of_ != nullptr; }
        // Gives back what is not needed after all.
        void shrink(std::size_t bytes) {
            if (!of_ || bytes >= bytes_) return;
            of_->left_ += bytes_ - bytes;
            bytes_ = bytes;
        }

       private:
        friend class Allowance;
        Share(Allowance* of, std::size_t bytes) : of_(of), bytes_(bytes) { of_->left_ -= bytes; }
        Allowance* of_ = nullptr;
        std::size_t bytes_ = 0;
    };
    // False if there is not so much left. Little is always given, and not counted: whoever holds the rest blocks nobody with it.
    Share share(std::size_t bytes) {
        if (bytes <= kLittle) return Share(this, 0);
        return bytes <= left_ ? Share(this, bytes) : Share();
    }

   private:
    static constexpr std::size_t kLittle = 64 << 10;
    std::size_t left_;
};

}  // namespace kns::aws
