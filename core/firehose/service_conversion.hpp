// What AWS's API says of the conversion of formats, as settings: DataFormatConversionConfiguration. Pure.
// Contract: the Firehose API reference, DataFormatConversionConfiguration.
#pragma once

#include <functional>

#include "core/base/api/delivery.hpp"
#include "core/base/json.hpp"

namespace kns {

// The text of a table's schema, in the place of Glue.
using FindTable = std::function<Result<std::string>(const std::string& database, const std::string& table)>;

// Whether a destination's description asks for it: without `Enabled` it does.
bool converts_format(const JsonValue& destination);
// Format, schema, columns, options and compression, or none of it.
Result<void> read_conversion(const JsonValue& destination, const FindTable& find_table, UpdateDelivery& out);
// The member dataCatalogTable of error records, as JSON; "null" if no table is named.
std::string data_catalog_table(const JsonValue& destination);

}  // namespace kns
