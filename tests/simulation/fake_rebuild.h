// ALTER TABLE on the fake server: in place, or by a table beside it that is filled and swapped in.
#pragma once

#include "simulation/fake_data.h"

namespace interlock::simulation {

/// What is there of an alteration, as the servers' own session tells it.
struct FakeStanding {
  enum class Live { kFrom, kTo, kNeither };
  enum class Aside { kNone, kFresh, kReplaced, kWrong };
  Live live = Live::kNeither;
  Aside aside = Aside::kNone;
  bool late_keys = false;  ///< that the table aside lacks yet
  bool logged = false;     ///< writes to the live table are
  bool spare = false;      ///< more helpers are there than it needs
  bool any = false;        ///< some helper is
  bool halted = false;     ///< nobody can write to the live table: a swap was cut

  bool stands_aside() const { return aside == Aside::kFresh || aside == Aside::kReplaced; }
  bool Ready() const { return logged && !halted && !late_keys && stands_aside(); }
};
FakeStanding StandingOf(const FakeData& data, const Alteration& alteration);

/// What the users' column becomes; the shapes are known to the server from then on.
ForeseenAlter Foresee(FakeData& data, const std::string& clauses);
inline constexpr const char* kWiden = "MODIFY name varchar(200)";
inline constexpr const char* kNarrow = "MODIFY name text";
/// A trigger of the application, which every row has to fire.
inline constexpr const char* kAudit = "audit";
Trigger AuditTrigger();

/// Whether anything of it is left.
bool HasHelpers(const FakeData& data);

Observed LookAtAlter(const FakeData& data, const Action& action);
Result<void> ExecuteAlter(FakeData& data, const Action& action, const Send& send);
/// Whether rows can be copied to the table beside it.  kUndecidable when not.
Result<void> RequireCopy(const FakeData& data, const Alteration& alteration);

/// Notes it when rows are written that the table aside will never have.  "" or what is wrong with
/// the rows that the live one has.
std::string CheckCopies(FakeData& data);

}  // namespace interlock::simulation
