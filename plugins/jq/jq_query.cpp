// Queries in jq 1.6, the one that Firehose allows, by libjq; those that only name a member go past it.
extern "C" {
#include <jq.h>
#include <jv.h>
}

#include "core/plugin/abi.hpp"
#include "plugins/jq/plain_path.hpp"

namespace kns {
namespace {

class JqQuery final : public MetadataQuery {
   public:
    static Result<std::unique_ptr<MetadataQuery>> compile(const std::string& query) {
        auto out = std::unique_ptr<JqQuery>(new JqQuery);
        if (!out->state_) return fail(Errc::internal, "there is no memory for jq");
        std::string said;
        // Without this libjq writes to stderr.
        ::jq_set_error_cb(out->state_.get(), keep_error, &said);
        if (::jq_compile(out->state_.get(), query.c_str()) == 0)
            return fail(Errc::invalid_argument, "\"{}\" is no jq: {}", query, first_sentence(said));
        ::jq_set_error_cb(out->state_.get(), drop_error, nullptr);
        return out;
    }

    Result<std::string> value_in(std::string_view record) override {
        const jv input = ::jv_parse_sized(record.data(), static_cast<int>(record.size()));
        if (!::jv_is_valid(input)) {
            ::jv_free(input);
            return no_json();
        }
        ::jq_start(state_.get(), input, 0);
        const Value value{::jq_next(state_.get())};
        switch (::jv_get_kind(value.it)) {
            case JV_KIND_STRING: {
                const auto length = static_cast<std::size_t>(::jv_string_length_bytes(::jv_copy(value.it)));
                if (length == 0) return no_value();
                return std::string(::jv_string_value(value.it), length);
            }
            case JV_KIND_INVALID: {
                const Value message{::jv_invalid_get_msg(::jv_copy(value.it))};
                if (::jv_get_kind(message.it) != JV_KIND_STRING) return no_value();  // it gave nothing
                return fail(Errc::invalid_argument, "{}", ::jv_string_value(message.it));
            }
            case JV_KIND_NULL: return no_value();
            case JV_KIND_ARRAY:
            case JV_KIND_OBJECT: return no_scalar();
            default: {
                const Value text{::jv_dump_string(::jv_copy(value.it), 0)};
                return std::string(::jv_string_value(text.it));
            }
        }
    }

   private:
    // "jq: error: foo/0 is not defined at <top-level>, line 1:" without what is around it.
    static std::string_view first_sentence(std::string_view said) {
        constexpr std::string_view kBefore = "jq: error: ";
        said = said.substr(0, said.find('\n'));
        if (said.starts_with(kBefore)) said.remove_prefix(kBefore.size());
        return said.substr(0, said.find(" at <"));
    }

    struct Value {
        jv it;
        ~Value() { ::jv_free(it); }
    };
    struct Teardown {
        void operator()(jq_state* state) const { ::jq_teardown(&state); }
    };
    static void keep_error(void* into, jv message) {
        const Value text{::jq_format_error(message)};
        static_cast<std::string*>(into)->append(::jv_string_value(text.it)).append("\n");
    }
    static void drop_error(void*, jv message) { ::jv_free(message); }

    std::unique_ptr<jq_state, Teardown> state_{::jq_init()};
};

}  // namespace

std::string number_text(double number) {
    const jv text = ::jv_dump_string(::jv_number(number), 0);
    std::string out = ::jv_string_value(text);
    ::jv_free(text);
    return out;
}

namespace {

Result<std::unique_ptr<MetadataQuery>> make_query(const std::string& query) {
    if (auto path = plain_path(query)) return make_path_query(std::move(*path));
    return JqQuery::compile(query);
}

}  // namespace
}  // namespace kns

KNS_PLUGIN(jq, "values for partition keys, by jq 1.6") { registry.add_query("jq", kns::make_query); }
