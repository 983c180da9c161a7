// The census: which versions of an application are alive, from its driver and the servers'
// sessions.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/evidence.h"
#include "model/project.h"

namespace interlock {

/// The sessions of one server, or why they can't be listed.
struct ServerSessions {
  std::string server;  ///< "primary", or the replica's name
  bool reachable = true;
  std::string why_unreachable;
  SessionList list;
};

/// `interlock census forget NAME`: an instance, host or session name that a person vouches is gone.
/// A session that did something after `at` counts again, and so does an instance once the driver
/// lists it at a version that it was not listed at then.
struct Forgotten {
  std::string name;
  Timestamp at = 0;
  std::vector<std::string> versions;  ///< of the instance of this application, as listed then
};

struct CensusInput {
  std::string app;
  CensusSettings settings;
  bool has_driver = false;
  std::optional<std::vector<Instance>> instances;  ///< nothing: the driver could not be asked
  std::string why_no_instances;
  std::vector<ServerSessions> servers;             ///< the primary and each configured replica
  std::vector<std::string> unconfigured_replicas;  ///< attached to the primary, not in the file
  std::vector<std::string> others;                 ///< session names that are no application
  std::map<std::string, std::string> other_apps;   ///< app → its `sessions` pattern
  std::vector<std::string> known_versions;  ///< registered, named by plans: resolve cut names
  std::vector<Forgotten> forgotten;
  Timestamp at = 0;
};

/// One proof that a version is alive.
struct Sighting {
  bool is_session = false;
  std::string name;      ///< the instance, or the session's name
  std::int64_t pid = 0;  ///< the rest for sessions only
  std::string server;
  std::string user;
  std::string host;
  std::string state;
  Duration idle{0};
  bool operator==(const Sighting&) const = default;
};

struct Census {
  std::string app;
  Timestamp at = 0;
  std::map<std::string, std::vector<Sighting>> versions;
  std::vector<DbSession> unknown;  ///< match no application, no `others`
  bool unknown_blocks = false;     ///< settings say so
  std::vector<std::string>
      undecidable;                     ///< what may hide a version; not empty: shows nothing absent
  std::vector<std::string> notes;      ///< what hid sessions though the driver lists all instances
  std::vector<std::string> forgotten;  ///< what was left out because a person vouched
};

/// Without a driver, whatever hides sessions is undecidable; a driver that lists every instance
/// makes it a note.  A server that can't be reached, and a driver that can't be asked, are
/// undecidable always.  Pure.
Census TakeCensus(const CensusInput& input);

/// Servers cut session names at this many bytes (NAMEDATALEN - 1).
inline constexpr size_t kSessionNameBytes = 63;

/// The versions that a session of this name may be of, by a pattern with one "{version}": none when
/// it does not match; several when a cut name fits several of `known`.  A cut name that fits none
/// of them gives the visible part and "…".  Pure.
std::vector<std::string> VersionsOfSession(const std::string& name, const std::string& pattern,
                                           const std::vector<std::string>& known);

/// "session pid 4411 on primary, batch@10.0.3.9, idle 2 d", "instance web-2"
std::string Describe(const Sighting& sighting);

}  // namespace interlock
