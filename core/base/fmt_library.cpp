// {fmt}, compiled once. Debian's package has it as a shared library, which a static program cannot use and a short command
// need not load, or as headers alone, which costs every file that formats anything five seconds of compiling.
#include <fmt/format-inl.h>

namespace fmt {
inline namespace v9 {
namespace detail {

// What format.h declares and leaves to the library.
template thousands_sep_result<char> thousands_sep_impl(locale_ref);
template char decimal_point_impl(locale_ref);
template void buffer<char>::append(const char*, const char*);
template void vformat_to(buffer<char>&, string_view, basic_format_args<format_context>, locale_ref);

}  // namespace detail
}  // namespace v9
}  // namespace fmt
