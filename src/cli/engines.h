// Makes the servers' engines and the ledger home from urls; the scheme chooses.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "engine/engine.h"
#include "ledger/ledger.h"

namespace interlock::cli {

/// "postgresql", "sqlite", "mysql", …: the url's scheme, `postgres` read as postgresql.
std::string SchemeOf(const std::string& url);

/// kConfig (IL-U12) for a scheme that this version has no engine for.  Connects to nothing.
Result<std::unique_ptr<Engine>> MakeEngine(const Database& database, Clock& clock);
/// Of `[ledger] url`.  kConfig (IL-U12) for a scheme that cannot hold one.
Result<std::unique_ptr<Ledger>> MakeHome(const std::string& url, const std::string& root,
                                         const std::string& actor, Clock& clock);

/// A ledger that was never prepared: what commands without a release chain are given.
std::unique_ptr<Ledger> NoLedger();

}  // namespace interlock::cli
