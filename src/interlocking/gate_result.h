// What every gate answers: open, or closed with who stands in the way and what clears it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace interlock {

// Codes of this room.
//
//   IL-G01  a version is unknown: neither registered nor named by a plan           refused
//   IL-G02  the safety rule: a version does not support a schema state             refused
//   IL-G03  an old version still lives                                             refused
//   IL-G04  the version is closed: a contract that it does not survive has begun   refused
//   IL-G05  drift: the schema is not as recorded                                   drift
//   IL-G06  a migration is not in the state that the point needs                   refused
//   IL-G07  the schema, or a replica's, cannot be read                             undecidable
//   IL-G08  a replica does not show the same schema yet                            not yet
//   IL-G09  something hides application versions from the census                   undecidable
//   IL-G10  sessions that match no application, where they block                   undecidable
//   IL-G11  old versions are not closed yet, or starts under way may still finish  not yet
//   IL-G12  the census window is not over                                          not yet
//   IL-G13  the soak is not over                                                   not yet
//   IL-G14  something wrote through the old shape: the soak begins again           not yet
//   IL-G15  approvals are missing                                                  waits for a
//   person IL-G16  the approvals given are void: what will run has changed                stale
//   IL-G17  an attestation is missing                                              waits for a
//   person IL-G18  the attestation given is void                                          stale
//   IL-G19  the release is paused                                                  waits for a
//   person IL-G20  an application of the database is neither rolled out nor registered    refused

struct GateResult {
  bool open = true;
  ErrorKind kind = ErrorKind::kRefused;  ///< why it is closed, and so the exit code
  std::string code;                      ///< "IL-G03"
  std::string headline;                  ///< "web 1.41.2 still lives"; when open, what was shown
  std::vector<std::string> details;      ///< who stands in the way, by name; one line each
  std::string clears;                    ///< what opens it, with the command
  std::optional<Timestamp> clears_at;    ///< when it comes by itself and the time is known
};

GateResult OpenGate(std::string shown = {});
GateResult ClosedGate(ErrorKind kind, std::string code, std::string headline,
                      std::vector<std::string> details = {}, std::string clears = {},
                      std::optional<Timestamp> clears_at = {});

/// The first closed one by severity (undecidable, drift, refused, stale, waits for a person, not
/// yet), then by order, with the headlines and details of the other closed ones among its details;
/// open when all are.  `clears_at` is the latest, and only set when every closed one has one. Pure.
GateResult CombineGates(std::span<const GateResult> gates);

}  // namespace interlock
