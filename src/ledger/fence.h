// What a token says that differs from the one held.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/result.h"
#include "model/claim.h"

namespace interlock {

/// The fence's objects as a JSON array, for the one statement with which every transaction of ours
/// locks its claims' rows, in bytewise order, so that none waits in a circle.  Pure.
std::string ObjectsOf(const Fence& fence);

/// Whether `known`, the token that the server has for the object (0: none), is the one held.
/// Tokens only grow.  A higher one: another runner took over (kFenced, IL-R61).  A lower one: the
/// server now reached lacks commits that this run has seen (kUndecidable, IL-R20).  Pure.
Result<void> RequireToken(const HeldClaim& held, std::uint64_t known);

/// The same of all of them; `known` is by object.  Of several that differ, a lower one counts: what
/// a copy of the server says of others is worth nothing.  Pure.
Result<void> RequireTokens(const Fence& fence, const std::map<std::string, std::uint64_t>& known);

}  // namespace interlock
