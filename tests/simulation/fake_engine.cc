#include "simulation/fake_engine.h"

#include <nlohmann/json.hpp>

#include "ledger/chain.h"
#include "runner/step_runner.h"
#include "simulation/fake_rebuild.h"

namespace interlock::simulation {
namespace {

constexpr Duration kGivesWay = std::chrono::seconds(1);

Error Lost(ErrorKind kind) { return {kind, "IL-E01", "connection lost", {}, ""}; }

/// Runs `work` as one operation of a connection.  *dead is set when the connection is lost.
/// `waits`: it may get no lock in time.
template <typename T>
Result<T> Operate(FakeServer& server, bool* dead, const std::function<Result<T>()>& work,
                  const std::function<void()>& go_on = nullptr, bool waits = true) {
  if (dead != nullptr && *dead) return Fail(Lost(ErrorKind::kUnreachable));
  auto fault = server.NextFault();
  if (fault && server.Disturb(*fault)) {
    if (*fault == FaultKind::kFailover || *fault == FaultKind::kLaggingCopy) {
      if (dead != nullptr) *dead = true;
      return Fail(Lost(ErrorKind::kInDoubt));
    }
    if (*fault == FaultKind::kRival && dead != nullptr) {
      *dead = true;
      return Fail(Lost(ErrorKind::kInDoubt));
    }
    fault.reset();
  }
  if (fault == FaultKind::kTransient && !waits) fault.reset();
  if (!fault) return work();
  const bool goes_on = *fault == FaultKind::kGoesOn || *fault == FaultKind::kCrashGoesOn;
  if (goes_on && go_on) {
    go_on();
  } else if (goes_on || *fault == FaultKind::kCrashAfter || *fault == FaultKind::kLostAfter) {
    (void)work();
  }
  if (*fault == FaultKind::kCrashBefore || *fault == FaultKind::kCrashAfter ||
      *fault == FaultKind::kCrashGoesOn) {
    server.EndSessions();
    throw Crash{};
  }
  if (*fault == FaultKind::kTransient) return Fail(ErrorKind::kTransient, "IL-E02", "lock timeout");
  if (dead != nullptr) {
    *dead = true;
    server.EndSessions();
  }
  return Fail(Lost(ErrorKind::kInDoubt));
}

class FakeSession : public Session {
 public:
  explicit FakeSession(FakeServer& server) : server_(server), id_(server.next_session++) {}

  Result<ServerIdentity> Identity() override {
    return Do<ServerIdentity>([&]() -> Result<ServerIdentity> {
      ServerIdentity identity;
      identity.system = "7000";
      identity.database = "shop";
      identity.timeline = std::to_string(server_.timeline);
      identity.host = "127.0.0.1:5432";
      identity.version = "15.0";
      identity.major = 15;
      return identity;
    });
  }
  Result<Timestamp> Now() override {
    return Do<Timestamp>([&]() -> Result<Timestamp> { return server_.clock.ServersNow(); });
  }
  Result<Catalog> ReadCatalog() override {
    return Do<Catalog>([&]() -> Result<Catalog> { return server_.catalog; });
  }
  Result<Observation> Observe(const Step& step, const SyncContext& sync) override {
    return Do<Observation>([&]() -> Result<Observation> { return server_.Look(step, sync); });
  }
  Result<std::vector<std::string>> Render(const Step& step, const SyncContext&) override {
    return std::vector<std::string>{step.summary};
  }
  Result<std::vector<Blocker>> Blockers(const TableName&) override {
    if (!server_.vacuums) return std::vector<Blocker>{};
    Blocker vacuum{17, "", "", "active", std::chrono::hours(1), "autovacuum: VACUUM users"};
    vacuum.gives_way = kGivesWay;
    // A request of the application that is just at work.
    return std::vector<Blocker>{vacuum, {18, "web/v1", "web", "active", Duration(900), "UPDATE"}};
  }
  Result<SessionList> Sessions() override {
    return Do<SessionList>([&]() -> Result<SessionList> {
      SessionList list;
      for (const auto& [name, version] : server_.instances) {
        DbSession session;
        session.name = "web/" + version;
        session.server = "primary";
        list.sessions.push_back(session);
      }
      return list;
    });
  }
  Result<std::int64_t> OldShapeWrites(const TableName&) override { return std::int64_t{0}; }
  Result<void> ProveExpressions(const SyncSpec&) override { return {}; }
  Result<ForeseenAlter> ForeseeAlter(const TableName&, const std::string& clauses) override {
    return Do<ForeseenAlter>([&]() -> Result<ForeseenAlter> { return Foresee(server_, clauses); });
  }
  Result<bool> HasRows(const TableName&) override { return false; }
  Result<void> Rehearse(const std::vector<Step>&, const std::vector<SyncContext>&,
                        const Fence& fence, const StatementTag&, Duration) override {
    return Do<void>([&]() -> Result<void> { return CheckFence(fence); });
  }
  Result<std::vector<ReplicaState>> AttachedReplicas() override {
    return std::vector<ReplicaState>{};
  }
  Result<void> ProveSessionMode() override { return {}; }

  Result<HeldClaim> TryClaim(const ClaimRequest& request) override {
    return Do<HeldClaim>([&]() -> Result<HeldClaim> {
      auto held = server_.TryClaim(request.object, id_);
      if (held) return *held;
      return Fail(ErrorKind::kBusy, "IL-R60", "another runner holds " + request.object);
    });
  }
  Result<void> ReleaseClaim(const HeldClaim& claim) override {
    NoticeFailover();
    if (dead_) return {};
    server_.Release(claim, id_);
    return {};
  }
  Result<void> Beat(const Fence& fence) override {
    return Do<void>([&]() -> Result<void> { return CheckFence(fence); });
  }
  Result<std::vector<ClaimHolder>> Claims() override {
    return Do<std::vector<ClaimHolder>>(
        [&]() -> Result<std::vector<ClaimHolder>> { return server_.Holders(); });
  }
  Result<void> BreakClaim(const std::string&) override { return {}; }
  Result<void> EndSession(std::int64_t) override { return {}; }

  Result<void> Execute(const Step& step, const SyncContext& sync, const Fence& fence,
                       const StatementTag&, Duration lock_timeout) override {
    server_.seen_steps[step.id] = step;
    NoticeFailover();
    if (server_.vacuums) {
      server_.clock.Sleep(std::min(lock_timeout, kGivesWay));
      if (lock_timeout < kGivesWay) return Fail(ErrorKind::kTransient, "IL-E10", "lock timeout");
      server_.vacuums = false;
    }
    return InStatements(step, sync, fence,
                        [&server = server_, step, sync](const Send& send) -> Result<void> {
                          return server.Execute(step, sync, send);
                        });
  }
  Result<void> Mend(const Step& step, const SyncContext& sync, const Fence& fence,
                    const StatementTag&, Duration) override {
    NoticeFailover();
    return InStatements(step, sync, fence,
                        [&server = server_, step, sync](const Send& send) -> Result<void> {
                          return server.Mend(step, sync, send);
                        });
  }

 private:
  template <typename T>
  Result<T> Do(const std::function<Result<T>()>& work) {
    NoticeFailover();
    return Operate<T>(server_, &dead_, work);
  }
  /// What `work` sends as one operation where DDL stands in a transaction; else the fence is looked
  /// at, and each statement is one.
  Result<void> InStatements(const Step& step, const SyncContext& sync, const Fence& fence,
                            const std::function<Result<void>(const Send&)>& work) {
    if (!server_.kind.transactional_ddl) {
      IL_RETURN_IF_ERROR(Do<void>([&]() -> Result<void> { return CheckFence(fence); }));
      return work([&](const Statement& statement) { return OneStatement(step, sync, statement); });
    }
    const auto all = [&server = server_, step, sync, work] {
      return server.Commit(step, sync, [&] {
        return work([&](const Statement& statement) { return statement.effect(server); });
      });
    };
    return Operate<void>(
        server_, &dead_,
        [&]() -> Result<void> {
          IL_RETURN_IF_ERROR(CheckFence(fence));
          return all();
        },
        [&] {
          if (CheckFence(fence)) server_.GoOn(step, [all] { (void)all(); });
          dead_ = true;
        });
  }
  Result<void> OneStatement(const Step& step, const SyncContext& sync, const Statement& statement) {
    NoticeFailover();
    const auto commit = [&server = server_, step, sync, effect = statement.effect] {
      return server.Commit(step, sync, [&] { return effect(server); });
    };
    const auto go_on = [&] {
      server_.GoOn(step, [commit] { (void)commit(); });
      dead_ = true;
    };
    return Operate<void>(server_, &dead_, commit, go_on, statement.waits);
  }
  void NoticeFailover() { dead_ = dead_ || timeline_ != server_.timeline; }
  Result<void> CheckFence(const Fence& fence) const { return server_.CheckFence(fence); }

  FakeServer& server_;
  int id_;
  int timeline_ = server_.timeline;
  bool dead_ = false;
};

class FakeLedger : public Ledger {
 public:
  explicit FakeLedger(FakeServer& server) : server_(server) {}

  Result<void> Prepare() override {
    server_.ledger_made = true;
    return {};
  }
  Result<bool> Exists() override { return server_.ledger_made; }
  Result<std::vector<Entry>> Read(const std::string& chain, std::uint64_t after) override {
    const auto& entries = server_.chains[chain];
    if (after >= entries.size()) return std::vector<Entry>{};
    return std::vector<Entry>(entries.begin() + static_cast<std::ptrdiff_t>(after), entries.end());
  }
  Result<std::vector<std::string>> Chains() override { return std::vector<std::string>{}; }
  Result<ChainHead> Head(const std::string& chain) override {
    const auto& entries = server_.chains[chain];
    if (entries.empty()) return ChainHead{chain, 0, std::string(kGenesisHash)};
    return ChainHead{chain, entries.back().seq, entries.back().hash};
  }
  Result<Entry> Append(const std::string& chain, const EntryDraft& draft,
                       const Fence& fence) override {
    const std::function<Result<Entry>()> append = [&]() -> Result<Entry> {
      IL_RETURN_IF_ERROR(server_.CheckFence(fence));
      for (const auto& read : draft.read) {
        const auto& there = server_.chains[read.chain];
        if (read.seq != 0 && (there.size() < read.seq || there[read.seq - 1].hash != read.hash))
          return Fail(LacksEntries(read, {read.chain, there.size()}));
      }
      if (server_.on_append) server_.on_append(draft, false);
      auto& entries = server_.chains[chain];
      Entry entry;
      entry.chain = chain;
      entry.seq = entries.size() + 1;
      entry.prev_hash = entries.empty() ? std::string(kGenesisHash) : entries.back().hash;
      entry.at = server_.clock.Now();
      entry.kind = draft.kind;
      entry.actor = "simulation";
      entry.release = draft.release;
      entry.step = draft.step;
      entry.attempt = draft.attempt;
      entry.body = draft.body;
      entry.hash = EntryHash(entry);
      server_.CheckEntry(entry);
      if (server_.lacks)
        server_.Violate("a run wrote to a copy that lacks what it had read: " + draft.step);
      entries.push_back(entry);
      if (draft.kept_text) server_.texts[Sha256(*draft.kept_text)] = *draft.kept_text;
      if (server_.on_append) server_.on_append(draft, true);
      return entry;
    };
    const int timeline = server_.timeline;
    auto appended = Operate<Entry>(server_, nullptr, append);
    // As the real one: it connects anew by itself, to whatever is there now.
    if (!appended && timeline != server_.timeline) return Operate<Entry>(server_, nullptr, append);
    return appended;
  }
  Result<std::string> GetText(const Digest& digest) override {
    const auto found = server_.texts.find(digest);
    if (found == server_.texts.end())
      return Fail(ErrorKind::kCorrupt, "IL-L12", "text " + digest + " is not in the ledger");
    return found->second;
  }

 private:
  FakeServer& server_;
};

}  // namespace

FakeEngine::FakeEngine(FakeServer& server) : server_(server) {
  database_.name = "main";
  database_.lock_budget = std::chrono::seconds(5);
}

Result<std::unique_ptr<Session>> FakeEngine::Connect(bool) {
  return Operate<std::unique_ptr<Session>>(
      server_, nullptr, [&]() -> Result<std::unique_ptr<Session>> {
        return std::unique_ptr<Session>(std::make_unique<FakeSession>(server_));
      });
}

Result<std::unique_ptr<Session>> FakeEngine::ConnectReplica(size_t) {
  return Fail(Lost(ErrorKind::kUnreachable));
}

Result<std::unique_ptr<BulkSession>> FakeEngine::ConnectBulk() {
  return Fail(Lost(ErrorKind::kUnreachable));
}

Result<std::unique_ptr<Ledger>> FakeEngine::OpenLedger(const std::string&) {
  return std::unique_ptr<Ledger>(std::make_unique<FakeLedger>(server_));
}

int& FakeBulk::SegmentsOf(const Step& step) {
  return AlterationOf(step.action) != nullptr ? server_.helpers.filled : server_.backfills[step.id];
}

Result<Observation> FakeBulk::Observe(DatabaseLink& link, const Step& step) {
  if (AlterationOf(step.action) != nullptr) {
    IL_ASSIGN(Observation seen, link.session().Observe(step, {}));
    if (seen.state != Observed::kAbsent) return seen;
  }
  if (std::holds_alternative<action::Verify>(step.action) ||
      std::holds_alternative<action::CompareRows>(step.action))
    return Observation{Observed::kAbsent, ""};
  return Operate<Observation>(server_, nullptr, [&]() -> Result<Observation> {
    if (server_.bulk_refused) {
      server_.EndSessions();  // the runner lets go of its own session and connects anew
      return Fail(Lost(ErrorKind::kUnreachable));
    }
    const int done = SegmentsOf(step);
    return Observation{done == 0   ? Observed::kAbsent
                       : done == 2 ? Observed::kPresent
                                   : Observed::kPartial,
                       std::to_string(done) + " of 2 segments"};
  });
}

Result<nlohmann::json> FakeBulk::Execute(DatabaseLink& link, const Step& step,
                                         const StatementTag&) {
  server_.seen_steps[step.id] = step;
  if (std::holds_alternative<action::CompareRows>(step.action)) return Compare(link, step);
  if (std::holds_alternative<action::Verify>(step.action)) {
    for (const auto& [id, done] : server_.backfills)
      if (done < 2) server_.Violate("verified before the backfill was done");
    if (server_.new_behind && !server_.ever_meddled())
      server_.Violate("verified rows that lack what was written meanwhile");
    return nlohmann::json{{"rows", 1000}};
  }
  while (SegmentsOf(step) < 2)
    IL_RETURN_IF_ERROR(Work(link, step, [&] {
      if (++SegmentsOf(step) == 2) server_.FillRows();
    }));
  return nlohmann::json{{"rows", 1000}};
}

/// The keys that come late are built meanwhile.
Result<nlohmann::json> FakeBulk::Compare(DatabaseLink& link, const Step& step) {
  IL_RETURN_IF_ERROR(Work(link, step, [&] { server_.helpers.late_keys = false; }));
  IL_RETURN_IF_ERROR(Work(link, step, [&] {
    if (server_.helpers.filled < 2) server_.Violate("compared before the rows were copied");
  }));
  return nlohmann::json{{"rows", 1000}};
}

Result<void> FakeBulk::CatchUp(DatabaseLink& link, const Step& step, const StatementTag&) {
  const auto* alteration = AlterationOf(step.action);
  const bool forward = std::holds_alternative<action::CutOver>(step.action);
  if (!RequireCopy(server_, forward ? *alteration : alteration->Inverse())) return {};
  return Operate<void>(server_, nullptr,
                       [&]() -> Result<void> { return server_.CheckFence(link.fence()); });
}

Result<void> FakeBulk::Work(DatabaseLink& link, const Step& step,
                            const std::function<void()>& effect) {
  return Operate<void>(server_, nullptr, [&]() -> Result<void> {
    IL_RETURN_IF_ERROR(server_.CheckFence(link.fence()));
    if (const auto* alteration = AlterationOf(step.action))
      IL_RETURN_IF_ERROR(RequireCopy(server_, *alteration));
    effect();
    return {};
  });
}

Result<void> FakeDriver::Call(const std::function<void()>& effect) {
  return Operate<void>(server_, nullptr, [&]() -> Result<void> {
    effect();
    return {};
  });
}

Result<std::vector<Instance>> FakeDriver::List() {
  std::vector<Instance> out;
  for (const auto& [name, version] : server_.instances) out.push_back({"web", name, version});
  return out;
}

Result<void> FakeDriver::Start(const std::string& instance, const std::string& version) {
  return Call([&] {
    server_.instances[instance] = version;
    server_.CheckSafety("start of " + instance + " " + version);
  });
}

Result<void> FakeDriver::Stop(const std::string& instance) {
  return Call([&] { server_.instances.erase(instance); });
}

Result<Health> FakeDriver::Healthy(const std::string& instance, const std::string& version) {
  const auto found = server_.instances.find(instance);
  return Health{found != server_.instances.end() && found->second == version, ""};
}

}  // namespace interlock::simulation
