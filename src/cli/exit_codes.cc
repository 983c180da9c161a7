#include "cli/exit_codes.h"

#include <array>

namespace interlock::cli {
namespace {

constexpr std::array<ExitMeaning, 17> kMeanings{{
    {0, "done"},
    {1, "internal error: a bug in interlock"},
    {2, "changes are pending (plan --detailed-exitcode)"},
    {3, "waits for a person: approval, attestation, pause"},
    {4, "refused by the interlock: not safe, or a precondition does not hold"},
    {5, "drift: the schema differs, and no step of interlock's did it"},
    {6, "another runner holds the tables, or has taken over"},
    {7, "the ledger does not verify"},
    {8, "undecidable: what is there cannot be told, a person must look"},
    {9, "failed, and nothing half done is left"},
    {10, "stopped part-way; the same command goes on"},
    {11, "a server cannot be reached"},
    {12, "the plan is stale, or an approval is void"},
    {13, "the data does not verify"},
    {64, "wrong command line"},
    {75, "not yet: comes by itself (soak, window, traffic)"},
    {78, "wrong configuration, migration or plan file"},
}};

}  // namespace

std::span<const ExitMeaning> ExitMeanings() { return kMeanings; }

std::string_view ExitMeaningOf(int code) {
  for (const auto& meaning : kMeanings)
    if (meaning.code == code) return meaning.meaning;
  return "";
}

std::string_view KindName(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInternal:
      return "internal";
    case ErrorKind::kWaitsForPerson:
      return "waits_for_person";
    case ErrorKind::kRefused:
      return "refused";
    case ErrorKind::kDrift:
      return "drift";
    case ErrorKind::kBusy:
      return "busy";
    case ErrorKind::kFenced:
      return "fenced";
    case ErrorKind::kCorrupt:
      return "corrupt";
    case ErrorKind::kUndecidable:
      return "undecidable";
    case ErrorKind::kFailed:
      return "failed";
    case ErrorKind::kStopped:
      return "stopped";
    case ErrorKind::kTransient:
      return "transient";
    case ErrorKind::kInDoubt:
      return "in_doubt";
    case ErrorKind::kUnreachable:
      return "unreachable";
    case ErrorKind::kStale:
      return "stale";
    case ErrorKind::kVerification:
      return "verification";
    case ErrorKind::kUsage:
      return "usage";
    case ErrorKind::kNotYet:
      return "not_yet";
    case ErrorKind::kConfig:
      return "config";
  }
  return "internal";
}

}  // namespace interlock::cli
