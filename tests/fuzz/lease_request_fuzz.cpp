// Requests to the lease tables: an operation's name, a newline, its body. What is refused changes nothing, and no item is ever
// stored that could not be read again.
#include "core/lease/lease_service.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace kns;
using kns::fuzz::must;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static auto db = Database::open(":memory:", Access::write).value();
    static lease::LeaseService leases(db);
    static const bool made =
        leases
            .answer("CreateTable", R"({"TableName": "app", "KeySchema": [{"AttributeName": "leaseKey", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "leaseKey", "AttributeType": "S"}]})",
                    "arn:", 0)
            .status == 200;
    must(made);
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto operation = text.substr(0, text.find('\n'));
    if (operation == "CreateTable" || operation == "DeleteTable") return 0;  // the one that all go to stays
    const auto answer = leases.answer(operation, text.substr(std::min(size, operation.size() + 1)), "arn:", 0);
    must(answer.status == 200 || answer.status == 400);
    must(parse_json(answer.body).has_value());
    must(leases.answer("Scan", R"({"TableName": "app"})", "arn:", 0).status == 200);
    return 0;
}
