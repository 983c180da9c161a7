// BulkWork by the engine's backfill and verify loops.
#pragma once

#include <future>

#include "engine/backfill.h"
#include "runner/bulk_work.h"

namespace interlock {

class BulkRunner : public BulkWork {
 public:
  /// `paused`: whether a person asked this release to pause; asked about once a second.
  explicit BulkRunner(RunControl& control,
                      std::function<bool(const std::string& release)> paused = nullptr)
      : control_(control), paused_(std::move(paused)) {}

  Result<Observation> Observe(DatabaseLink& link, const Step& step) override;
  Result<nlohmann::json> Execute(DatabaseLink& link, const Step& step,
                                 const StatementTag& tag) override;
  Result<void> CatchUp(DatabaseLink& link, const Step& step, const StatementTag& tag) override;

 private:
  Result<nlohmann::json> Backfill(DatabaseLink& link, const BulkTask& task,
                                  const StatementTag& tag);
  Result<nlohmann::json> Verify(DatabaseLink& link, const SyncSpec& spec, const StatementTag& tag);
  Result<nlohmann::json> Copy(DatabaseLink& link, const Alteration& alteration,
                              const StatementTag& tag);
  Result<nlohmann::json> Compare(DatabaseLink& link, const Alteration& alteration,
                                 const StatementTag& tag);
  /// One walk over all rows.
  Result<VerifyCounts> Look(DatabaseLink& link, const BulkTask& task, const StatementTag& tag,
                            int sessions);
  /// Begins to build the keys that a filled copy lacks, on a thread of its own.  Not valid() when
  /// it lacks none.
  Result<std::future<Result<void>>> BuildKeys(DatabaseLink& link, const Alteration& alteration,
                                              const StatementTag& tag);
  /// Waits for them, with beats.
  Result<void> AwaitKeys(std::future<Result<void>>& keys, DatabaseLink& link,
                         const StatementTag& tag);
  Result<void> CatchUpWith(DatabaseLink& link, const Alteration& alteration,
                           const StatementTag& tag);
  Result<VerifyCounts> CaughtUpAndCompared(DatabaseLink& link, const Alteration& alteration,
                                           const StatementTag& tag, int sessions);
  BulkHooks Hooks(DatabaseLink& link, const StatementTag& tag);
  Result<std::int64_t> Estimate(DatabaseLink& link, const TableName& table);

  RunControl& control_;
  std::function<bool(const std::string&)> paused_;
};

}  // namespace interlock
