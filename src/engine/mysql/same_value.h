// Whether a column's value came over unharmed when it was stored in a column of another type.
#pragma once

#include <string>

#include "engine/mysql/table_text.h"

namespace interlock::mysql {

/// Two columns as SQL that is equal, bytewise or exactly, where the one holds what the other holds.
struct SameForms {
  std::string from;
  std::string to;
};

/// Bytewise for texts, exact for numbers and moments; NULL for NULL.  `from` and `to` are columns
/// as SQL ("t.`a`").  A value that the server would round, cut, pad or fold is not the same.
/// `same_charset`: of the tables, which is that of columns that have none of their own.  Pure.
SameForms FormsToCompare(const Column& from_column, const std::string& from,
                         const Column& to_column, const std::string& to, bool same_charset);

/// Whether it holds characters, so that its bytes depend on its charset.  Pure.
bool HoldsText(const Column& column);

/// What of a form goes into a checksum: a text that only equal values share.  `column` is the one
/// that it is made of.  Pure.
std::string ChecksumPart(const Column& column, const std::string& form);

}  // namespace interlock::mysql
