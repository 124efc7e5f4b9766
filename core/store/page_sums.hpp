// A checksum in every page of a catalog: SQLite has them in its WAL, not in the database itself.
//
// The last four bytes of a page, which SQLite leaves alone because the database reserves them (byte 20 of its header), hold
// the CRC32C of the rest XOR the page's number, little-endian. They are written whenever a page is written to the database
// file, and checked whenever one is read from it; a page that fails is SQLITE_IOERR_DATA. SQLite and its tools read such a
// database as any other; a program that writes to it without this leaves pages that fail.
//
// A page of zeros is accepted: SQLite leaves holes where it keeps free pages, and takes no such page for one in use.
#pragma once

#include <string>

namespace kns {

inline constexpr int kPageSumBytes = 4;

// The name of a VFS that does this over `base` ("": SQLite's default). It is registered with SQLite at its first use and stays;
// `base` must be registered whenever a file is opened. Any thread.
std::string vfs_with_page_sums(const std::string& base);

}  // namespace kns
