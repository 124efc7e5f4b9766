// Lease tables for the Kinesis Client Library, in the part of DynamoDB's API that it uses. It is not DynamoDB: other operations are
// refused by name. Contract: the DynamoDB API reference, 2012-08-10. The catalog thread.
#pragma once

#include <set>

#include "core/lease/item.hpp"
#include "core/store/lease_store.hpp"

namespace kns::lease {

struct Table;

class LeaseService {
   public:
    explicit LeaseService(Database& db) : store_(db) {}

    struct Answer {
        int status = 200;
        std::string body;  // JSON
    };
    // `arn_prefix`: "arn:aws:dynamodb:us-east-1:000000000000:table/". What it changed is on disk when it returns.
    Answer answer(std::string_view operation, std::string_view body, std::string_view arn_prefix, UnixMs now);

   private:
    struct Call {
        const JsonValue& in;
        JsonWriter& out;
        std::string_view arn_prefix;
        UnixMs now;
    };
    using Handler = Outcome<> (LeaseService::*)(Call&);
    struct Operation {
        std::string_view name;
        Handler handler;
        bool writes;
    };
    static const Operation kOperations[];

    // --- lease_tables.cpp
    Outcome<> create_table(Call& call);
    Outcome<> describe_table(Call& call);
    Outcome<> update_table(Call& call);
    Outcome<> delete_table(Call& call);
    Outcome<> list_tables(Call& call);
    // --- lease_items.cpp
    Outcome<> get_item(Call& call);
    Outcome<> put_item(Call& call);
    Outcome<> update_item(Call& call);
    Outcome<> delete_item(Call& call);
    Outcome<> transact_write(Call& call);
    // --- lease_list.cpp
    Outcome<> scan(Call& call);
    Outcome<> query(Call& call);

    Outcome<Table> table_of(const JsonValue& in);
    Outcome<> write_description(Call& call, const Table& table, std::string_view member, std::string_view status);
    // One item as it was and as it is: what the four that write have in common.
    struct Change;
    enum class Kind { put, update, remove, check };
    Outcome<Change> change(const JsonValue& in, Kind kind);
    Outcome<> write(Call& call, Kind kind);
    Outcome<> list(Call& call, bool query);

    LeaseStore store_;
};

}  // namespace kns::lease
