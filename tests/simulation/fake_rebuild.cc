#include "simulation/fake_rebuild.h"

#include <algorithm>

namespace interlock::simulation {
namespace {

using Live = FakeStanding::Live;
using Aside = FakeStanding::Aside;

constexpr int kLogged = 3;  ///< INSERT, UPDATE, DELETE
constexpr int kSegments = 2;

std::string ShapeOf(const FakeData& data) { return DefinitionOf(data.users()); }

bool HasAudit(const std::vector<Trigger>& triggers) {
  return std::any_of(triggers.begin(), triggers.end(),
                     [](const Trigger& trigger) { return trigger.name == kAudit; });
}

/// Columns, constraints and indexes of that shape; triggers stay.
void SetShape(FakeData& data, const std::string& shape) {
  const Table& wanted = data.shapes.at(shape);
  data.users().columns = wanted.columns;
  data.users().constraints = wanted.constraints;
  data.users().indexes = wanted.indexes;
}

bool IsThere(const FakeHelpers::Side& side) {
  return side.log || side.kept || side.triggers > 0 || side.halts > 0;
}

class FakeObserver {
 public:
  explicit FakeObserver(const FakeStanding& standing) : standing_(standing) {}

  Observed operator()(const action::AlterTable&) const {
    if (standing_.live == Live::kTo) return Observed::kPresent;
    if (standing_.live == Live::kNeither) return Observed::kConflicting;
    if (standing_.aside == Aside::kFresh && standing_.logged) return Observed::kPresent;
    return standing_.any ? Observed::kPartial : Observed::kAbsent;
  }
  Observed operator()(const action::CopyRows&) const { return OfRows(); }
  Observed operator()(const action::CompareRows&) const { return OfRows(); }
  Observed operator()(const action::CutOver&) const {
    if (standing_.halted) return Observed::kPartial;
    if (standing_.live == Live::kFrom)
      return standing_.Ready() ? Observed::kAbsent : Observed::kConflicting;
    if (standing_.live == Live::kNeither) return Observed::kConflicting;
    if (!standing_.any) return Observed::kPresent;
    if (standing_.aside != Aside::kReplaced || !standing_.logged) return Observed::kConflicting;
    return standing_.spare ? Observed::kPartial : Observed::kPresent;
  }
  Observed operator()(const action::DropReplaced&) const {
    if (standing_.live != Live::kTo) return Observed::kConflicting;
    return standing_.any ? Observed::kAbsent : Observed::kPresent;
  }
  Observed operator()(const action::SwapBack&) const {
    if (standing_.halted) return Observed::kPartial;
    if (standing_.live == Live::kFrom) return Observed::kPresent;
    if (standing_.live == Live::kNeither) return Observed::kConflicting;
    if (standing_.aside == Aside::kFresh && standing_.logged) return Observed::kPresent;
    if (standing_.aside == Aside::kReplaced)
      return standing_.logged ? Observed::kAbsent : Observed::kConflicting;
    return standing_.any ? Observed::kPartial : Observed::kAbsent;
  }
  Observed operator()(const action::UndoAlter&) const {
    if (standing_.live == Live::kFrom)
      return standing_.any ? Observed::kAbsent : Observed::kPresent;
    if (standing_.halted) return Observed::kPartial;
    return standing_.live == Live::kTo && standing_.Ready() ? Observed::kAbsent
                                                            : Observed::kConflicting;
  }
  template <typename Other>
  Observed operator()(const Other&) const {
    return Observed::kUndecidable;
  }

 private:
  Observed OfRows() const {
    if (standing_.live == Live::kTo) return Observed::kPresent;
    const bool fresh = standing_.live == Live::kFrom && standing_.aside == Aside::kFresh;
    return fresh && standing_.logged ? Observed::kAbsent : Observed::kConflicting;
  }

  const FakeStanding& standing_;
};

/// One attempt, with the statements in the order in which the real session sends them.
class FakeAlter {
 public:
  FakeAlter(FakeData& data, const Send& send) : data_(data), send_(send) {}

  Result<void> operator()(const action::AlterTable& alter) { return Begin(alter.alteration); }
  Result<void> operator()(const action::CutOver& cut_over) {
    IL_RETURN_IF_ERROR(MendHalted(cut_over.alteration));
    if (StandingOf(data_, cut_over.alteration).live == Live::kTo) return Tidy(cut_over.alteration);
    return Swap(cut_over.alteration);
  }
  Result<void> operator()(const action::DropReplaced& drop) {
    return DropHelpers(drop.alteration, Live::kTo);
  }
  Result<void> operator()(const action::SwapBack& back) {
    const Alteration inverse = back.alteration.Inverse();
    IL_RETURN_IF_ERROR(MendHalted(inverse));
    const auto standing = StandingOf(data_, inverse);
    if (standing.live == Live::kTo) return {};
    return standing.aside == Aside::kReplaced ? Swap(inverse) : Begin(inverse);
  }
  Result<void> operator()(const action::UndoAlter& undo) {
    const Alteration inverse = undo.alteration.Inverse();
    IL_RETURN_IF_ERROR(MendHalted(inverse));
    if (StandingOf(data_, inverse).live == Live::kFrom) IL_RETURN_IF_ERROR(Swap(inverse));
    return DropHelpers(inverse, Live::kTo);
  }
  template <typename Other>
  Result<void> operator()(const Other&) {
    return Fail(ErrorKind::kInternal, "IL-E99", "it is carried out in batches");
  }

 private:
  Result<void> Do(std::function<void(FakeHelpers&)> effect) {
    return send_(Does([effect = std::move(effect)](FakeData& data) { effect(data.helpers); }));
  }
  Result<void> OnSide(const std::string& shape, std::function<void(FakeHelpers::Side&)> effect) {
    return Do([=](FakeHelpers& helpers) { effect(helpers.sides[shape]); });
  }
  FakeHelpers::Side Side(const std::string& shape) { return data_.helpers.sides[shape]; }
  static tl::unexpected<Error> NotSo(const std::string& what) {
    return Fail(ErrorKind::kUndecidable, "IL-E73", what);
  }

  Result<void> Begin(const Alteration& alteration) {
    const auto standing = StandingOf(data_, alteration);
    if (standing.live != Live::kFrom) return NotSo("the table cannot be altered");
    if (!standing.any && data_.in_place.contains(alteration.clauses))
      return send_(Does([to = alteration.after](FakeData& data) { SetShape(data, to); }));
    if (standing.aside == Aside::kFresh && standing.logged) return {};
    if (standing.any) IL_RETURN_IF_ERROR(DropHelpers(alteration, Live::kFrom));
    auto made = Prepare(alteration);
    // Nothing is left behind, so that it can be tried again from the beginning.
    if (!made) (void)DropHelpers(alteration, Live::kFrom);
    return made;
  }
  Result<void> Prepare(const Alteration& alteration) {
    IL_RETURN_IF_ERROR(send_(Does([](FakeData& data) {
      data.helpers.aside = FakeHelpers::Aside::kFresh;
      data.helpers.shape = ShapeOf(data);
      data.helpers.lacks = false;
    })));
    IL_RETURN_IF_ERROR(send_({[alteration](FakeData& data) -> Result<void> {
      if (data.helpers.shape != alteration.before)
        return Fail(ErrorKind::kRefused, "IL-E72", "its copy does not become the same");
      data.helpers.shape = alteration.after;
      return {};
    }}));
    IL_RETURN_IF_ERROR(Do([](FakeHelpers& helpers) { helpers.late_keys = true; }));
    IL_RETURN_IF_ERROR(MakeLog(alteration.before));
    return SendLocked(send_, [&] { return MakeTriggers(alteration.before); });
  }

  Result<void> MakeLog(const std::string& shape) {
    return OnSide(shape, [](FakeHelpers::Side& side) { side.log = true; });
  }
  Result<void> MakeTriggers(const std::string& shape) {
    for (int i = 0; i < kLogged; ++i)
      IL_RETURN_IF_ERROR(OnSide(shape, [](FakeHelpers::Side& side) { ++side.triggers; }));
    return {};
  }
  Result<void> DropTriggers(const std::string& shape) {
    while (Side(shape).triggers > 0)
      IL_RETURN_IF_ERROR(OnSide(shape, [](FakeHelpers::Side& side) { --side.triggers; }));
    return {};
  }
  Result<void> DropHalts(const std::string& shape) {
    while (Side(shape).halts > 0)
      IL_RETURN_IF_ERROR(OnSide(shape, [](FakeHelpers::Side& side) { --side.halts; }));
    return {};
  }
  /// The log, and what is kept of it; those that are there.
  Result<void> DropTables(const std::string& shape) {
    if (Side(shape).log)
      IL_RETURN_IF_ERROR(OnSide(shape, [](FakeHelpers::Side& side) { side.log = false; }));
    return DropKept(shape);
  }
  Result<void> DropKept(const std::string& shape) {
    if (!Side(shape).kept) return {};
    return OnSide(shape, [](FakeHelpers::Side& side) { side.kept = false; });
  }

  /// All of them; the table itself stays as it is, in the shape that it must have by now.
  Result<void> DropHelpers(const Alteration& alteration, Live expected) {
    IL_RETURN_IF_ERROR(MendHalted(alteration));
    if (StandingOf(data_, alteration).live != expected) return NotSo("the helpers stay");
    // First what writes, then what is written.
    for (const auto& shape : {alteration.before, alteration.after}) {
      IL_RETURN_IF_ERROR(DropHalts(shape));
      IL_RETURN_IF_ERROR(DropTriggers(shape));
    }
    IL_RETURN_IF_ERROR(Do([](FakeHelpers& helpers) { helpers.filled = 0; }));
    for (const auto& shape : {alteration.before, alteration.after})
      IL_RETURN_IF_ERROR(DropTables(shape));
    if (data_.helpers.aside == FakeHelpers::Aside::kNone) return {};
    return Do([](FakeHelpers& helpers) { helpers = FakeHelpers{}; });
  }

  Result<void> Swap(const Alteration& alteration) {
    const auto standing = StandingOf(data_, alteration);
    if (standing.live != Live::kFrom || !standing.Ready())
      return NotSo("the shapes cannot be swapped");
    const std::string from = alteration.before;
    const std::string to = alteration.after;
    // What an attempt before this one left is made anew: nobody writes to this table but us.
    IL_RETURN_IF_ERROR(DropHalts(to));
    IL_RETURN_IF_ERROR(DropTriggers(to));
    IL_RETURN_IF_ERROR(DropTables(to));
    IL_RETURN_IF_ERROR(DropKept(from));
    IL_RETURN_IF_ERROR(MakeLog(to));
    IL_RETURN_IF_ERROR(MakeTriggers(to));
    if (HasAudit(data_.users().triggers))
      IL_RETURN_IF_ERROR(OnSide(from, [](FakeHelpers::Side& side) { side.kept = true; }));
    const auto swapped = SendLocked(
        send_, [&] { return CarryAndRename(alteration); }, [&] { return PutBack(from); });
    if (!swapped) return swapped;
    return Tidy(alteration);
  }
  Result<void> CarryAndRename(const Alteration& alteration) {
    const auto standing = StandingOf(data_, alteration);
    if (standing.live != Live::kFrom || !standing.Ready())
      return Fail(ErrorKind::kTransient, "IL-E75", "somebody changed the table meanwhile");
    if (Side(alteration.before).kept) {
      for (int i = 0; i < kLogged; ++i)
        IL_RETURN_IF_ERROR(
            OnSide(alteration.before, [](FakeHelpers::Side& side) { ++side.halts; }));
      IL_RETURN_IF_ERROR(DropAudit());
      IL_RETURN_IF_ERROR(Do([](FakeHelpers& helpers) { helpers.audit = true; }));
    }
    return send_(Does([to = alteration.after](FakeData& data) {
      auto& helpers = data.helpers;
      const bool whole =
          helpers.aside == FakeHelpers::Aside::kReplaced || helpers.filled == kSegments;
      helpers.swapped_too_early |= !whole || helpers.lacks;
      helpers.shape = ShapeOf(data);
      helpers.aside = FakeHelpers::Aside::kReplaced;
      const bool audit = HasAudit(data.users().triggers);
      if (!audit && helpers.audit) data.users().triggers.push_back(AuditTrigger());
      if (audit && !helpers.audit) RemoveNamed(data.users().triggers, kAudit);
      helpers.audit = audit;
      SetShape(data, to);
    }));
  }
  Result<void> DropAudit() {
    return send_(Does([](FakeData& data) { RemoveNamed(data.users().triggers, kAudit); }));
  }
  /// Still under the lock: what was carried over is on the live table again.
  Result<void> PutBack(const std::string& live) {
    if (Side(live).halts == 0) return {};
    IL_RETURN_IF_ERROR(send_(Does([](FakeData& data) {
      RemoveNamed(data.users().triggers, kAudit);
      data.helpers.audit = false;
    })));
    IL_RETURN_IF_ERROR(
        send_(Does([](FakeData& data) { data.users().triggers.push_back(AuditTrigger()); })));
    return DropHalts(live);
  }
  /// What a swap that was cut had moved is back where it was.
  Result<void> MendHalted(const Alteration& alteration) {
    const auto standing = StandingOf(data_, alteration);
    if (!standing.halted) return {};
    if (!standing.stands_aside()) return NotSo("a swap was cut, and cannot be taken back");
    const std::string& live = standing.live == Live::kFrom ? alteration.before : alteration.after;
    IL_RETURN_IF_ERROR(SendLocked(send_, [&] { return PutBack(live); }));
    return DropKept(live);
  }
  /// After a swap, whichever way.
  Result<void> Tidy(const Alteration& alteration) {
    IL_RETURN_IF_ERROR(DropHalts(alteration.before));
    IL_RETURN_IF_ERROR(DropTriggers(alteration.before));
    IL_RETURN_IF_ERROR(DropTables(alteration.before));
    return DropKept(alteration.after);
  }

  FakeData& data_;
  const Send& send_;
};

}  // namespace

Trigger AuditTrigger() { return {kAudit, "AFTER UPDATE: writes to audit", "origin", false}; }

FakeStanding StandingOf(const FakeData& data, const Alteration& alteration) {
  FakeStanding out;
  const auto& helpers = data.helpers;
  const auto side = [&](const std::string& shape) {
    const auto found = helpers.sides.find(shape);
    return found == helpers.sides.end() ? FakeHelpers::Side{} : found->second;
  };
  const auto from = side(alteration.before);
  const auto to = side(alteration.after);
  out.any = HasHelpers(data);
  const std::string shape = ShapeOf(data);
  if (shape == alteration.before) out.live = Live::kFrom;
  if (shape == alteration.after) out.live = Live::kTo;
  if (out.live == Live::kNeither) return out;
  const bool is_from = out.live == Live::kFrom;
  const auto& live = is_from ? from : to;
  const auto& other = is_from ? to : from;
  if (helpers.aside != FakeHelpers::Aside::kNone) {
    const bool right = helpers.shape == (is_from ? alteration.after : alteration.before);
    out.aside = !right                                        ? Aside::kWrong
                : helpers.aside == FakeHelpers::Aside::kFresh ? Aside::kFresh
                                                              : Aside::kReplaced;
  }
  out.late_keys = helpers.late_keys && out.aside == Aside::kFresh;
  out.logged = out.stands_aside() && live.log && live.triggers == kLogged;
  out.halted = live.halts > 0;
  out.spare = IsThere(other) || live.kept;
  return out;
}

ForeseenAlter Foresee(FakeData& data, const std::string& clauses) {
  ForeseenAlter out;
  out.before = data.users();
  out.after = data.users();
  for (auto& column : out.after.columns)
    if (column.name == "name") column.type = clauses == kWiden ? "varchar(200)" : "text";
  out.alteration.table = kUsers;
  out.alteration.clauses = clauses;
  out.alteration.clauses_back = clauses == kWiden ? kNarrow : kWiden;
  out.alteration.before = DefinitionOf(out.before);
  out.alteration.after = DefinitionOf(out.after);
  out.way = data.in_place.contains(clauses) ? AlterWay::kInPlace : AlterWay::kRebuild;
  data.shapes[out.alteration.before] = out.before;
  data.shapes[out.alteration.after] = out.after;
  return out;
}

bool HasHelpers(const FakeData& data) {
  const auto& helpers = data.helpers;
  return helpers.aside != FakeHelpers::Aside::kNone ||
         std::any_of(helpers.sides.begin(), helpers.sides.end(),
                     [](const auto& side) { return IsThere(side.second); });
}

Observed LookAtAlter(const FakeData& data, const Action& action) {
  const auto standing = StandingOf(data, *AlterationOf(action));
  return std::visit(FakeObserver(standing), action);
}

Result<void> ExecuteAlter(FakeData& data, const Action& action, const Send& send) {
  return std::visit(FakeAlter(data, send), action);
}

Result<void> RequireCopy(const FakeData& data, const Alteration& alteration) {
  const auto standing = StandingOf(data, alteration);
  if (standing.live == Live::kFrom && standing.logged && !standing.halted) return {};
  return Fail(ErrorKind::kUndecidable, "IL-E73", "the rows cannot be copied");
}

std::string CheckCopies(FakeData& data) {
  auto& helpers = data.helpers;
  const auto live = helpers.sides[ShapeOf(data)];
  const bool halted = live.halts > 0;
  const bool holds_rows = helpers.aside == FakeHelpers::Aside::kReplaced || helpers.filled > 0;
  if (holds_rows && !halted && !(live.log && live.triggers == kLogged)) helpers.lacks = true;
  if (helpers.swapped_too_early) return "a table was swapped in that lacks rows";
  if (!halted && !HasAudit(data.users().triggers)) return "rows do not fire their trigger";
  return "";
}

}  // namespace interlock::simulation
