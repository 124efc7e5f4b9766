// States that last for a time somebody asked for: a stream or consumer is what it is at once, and may say otherwise for a
// while, for those who test how they wait. One thread.
#pragma once

#include <map>
#include <string>

#include "core/base/time.hpp"

namespace kns::aws {

class Transitions {
   public:
    void begin(std::string subject, std::string status, UnixMs until) {
        by_subject_[std::move(subject)] = {std::move(status), until};
    }
    // The status it still has, or nothing: whatever it is in truth.
    std::string_view now(std::string_view subject, UnixMs now) {
        const auto found = by_subject_.find(subject);
        if (found == by_subject_.end()) return {};
        if (found->second.until > now) return found->second.status;
        by_subject_.erase(found);
        return {};
    }

   private:
    struct State {
        std::string status;
        UnixMs until = 0;
    };
    std::map<std::string, State, std::less<>> by_subject_;
};

}  // namespace kns::aws
