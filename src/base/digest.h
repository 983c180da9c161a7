// SHA-256 as lower-case hexadecimal text, for fingerprints, content hashes and the ledger.
#pragma once

#include <string>
#include <string_view>

namespace interlock {

/// 64 lower-case hexadecimal digits.
using Digest = std::string;

/// SHA-256 of the bytes.  Pure.
Digest Sha256(std::string_view bytes);

/// 32 random hexadecimal digits from the system's generator.
std::string RandomId();

}  // namespace interlock
