// What a text's names stand for: tables, views, functions and settings, as its statements made them. Pure.
#pragma once

#include <functional>
#include <map>

#include "core/sql/plan/plan.hpp"

namespace kns::sql {

struct TableColumn {
    std::string name;
    Type type;  // of a computed column found when the table is made
    std::shared_ptr<const Expression> computed{};
    std::optional<std::string> metadata{};  // its key: arrival time and so on come from the connector
    bool virtual_metadata = false;          // not written
};

struct Table {
    std::string name;
    std::vector<TableColumn> columns;
    std::string watermark_column;  // empty: none
    std::shared_ptr<const Expression> watermark{};
    std::vector<std::string> primary_key{}, partitioned_by{};
    std::map<std::string, std::string> options{};
    Place place{};

    const std::string* option(const std::string& key) const {
        const auto found = options.find(key);
        return found == options.end() ? nullptr : &found->second;
    }
    // The columns that its connector fills and takes: not the computed ones.
    std::vector<const TableColumn*> physical() const;
};

struct View {
    std::vector<std::string> columns;
    std::shared_ptr<const Query> query;
};

class Catalog {
   public:
    // Asked for tables that no statement made; nothing: there is none. (A stream by its name, for one.)
    using Finder = std::function<Result<std::optional<Table>>(const std::string& name)>;
    explicit Catalog(Finder finder = {}) : finder_(std::move(finder)) {}

    // The table, made or found; an error names the nearest.
    Result<const Table*> table(const Name& name);
    const View* view(const std::string& name) const;

    Result<void> create(CreateTable statement);
    Result<void> create(CreateView statement);
    Result<void> create(const CreateFunction& statement);
    Result<void> drop(const Drop& statement);
    void set(const std::string& key, std::string value) { settings_[key] = std::move(value); }
    void reset(const std::optional<std::string>& key);
    const std::map<std::string, std::string>& settings() const { return settings_; }
    std::optional<std::string> setting(const std::string& key) const;
    // The function that a name of the text stands for, or the name.
    std::string function(const std::string& name) const;

    // The names of what statements made.
    std::vector<std::string> names() const;
    // Found tables and made ones; they stay where they are.
    const std::map<std::string, Table>& tables() const { return tables_; }

   private:
    Finder finder_;
    std::map<std::string, Table> tables_;
    std::map<std::string, View> views_;
    std::map<std::string, std::string> functions_, settings_;
};

// default_catalog.default_database.t is t.
std::string plain_name(const Name& name);

}  // namespace kns::sql
