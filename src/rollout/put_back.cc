// The way back of a batch that failed.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "interlocking/message.h"
#include "rollout/rollout.h"

namespace interlock {

Error RolloutRunner::PutBack(const World& before, size_t batch, const Failure& failure) {
  Error error{ErrorKind::kStopped, "IL-A13", failure.why, failure.details, ""};
  // The one that failed first: it is the one that may be down.
  std::vector<std::string> members{failure.instance};
  for (const auto& instance : before.sets[batch])
    if (instance != failure.instance) members.push_back(instance);
  confirmed_.clear();
  bool all_back = true;
  for (const auto& instance : members) {
    const auto world = Look();
    const auto stopped = instance == failure.instance ? Result<void>() : HonourStop();
    auto stuck = [&](const Error& why) {
      error.details.push_back(why.message);
      error.details.insert(error.details.end(), why.details.begin(), why.details.end());
      all_back = false;
    };
    if (!world) {
      stuck(world.error());
      break;
    }
    if (!stopped) {
      stuck(stopped.error());
      break;
    }
    const auto back = PutBackOne(*world, instance);
    if (!back) {
      stuck(back.error());
      break;
    }
    if (*back) {
      stuck(Error{ErrorKind::kFailed, "", (*back)->why, (*back)->details, ""});
      break;
    }
  }
  const auto after = Look();
  const bool none_left =
      after && std::none_of(after->running.begin(), after->running.end(),
                            [&](const auto& entry) { return entry.second == request_.to; });
  const auto origin = request_.from.empty() ? std::string("stopped") : "back at " + request_.from;
  if (all_back && none_left) {
    error.kind = ErrorKind::kFailed;
    error.code = "IL-A12";
    error.hint =
        fmt::format("all instances of {} are {}: mend {} and deploy again, or interlock rollback",
                    request_.app, origin, request_.to);
  } else if (all_back) {
    error.hint = fmt::format(
        "batch {} is {}; earlier batches run {}: deploy again, or interlock "
        "rollback",
        batch + 1, origin, request_.to);
  } else {
    error.hint =
        fmt::format("{} is in between {} and {}: deploy again, or interlock rollback", request_.app,
                    request_.from.empty() ? "nothing" : request_.from, request_.to);
  }
  return error;
}

RolloutRunner::Attempt RolloutRunner::PutBackOne(const World& world, const std::string& instance) {
  const auto found = world.running.find(instance);
  const bool listed = found != world.running.end();
  const bool at_from = listed && !request_.from.empty() && found->second == request_.from;
  if (at_from) {
    if (!unfinished_.contains(instance)) return std::nullopt;  // not touched
    return Settle(instance, request_.from, request_.from, Direction::kPutBack);
  }
  if (!listed && !unfinished_.contains(instance) && request_.from.empty()) return std::nullopt;
  Tell(RolloutProgress::What::kPutBack, instance, request_.from);
  if (!request_.from.empty()) {
    if (const auto gate = hooks_.may_start(request_.from); !gate.open) return Fail(ToError(gate));
    return Replace(world, instance, request_.from, Direction::kPutBack);
  }
  if (listed) {
    IL_ASSIGN(auto failure, TakeDown(instance));
    if (failure) return std::optional<Failure>(std::move(*failure));
  }
  IL_RETURN_IF_ERROR(Record({.kind = RolloutEntry::Kind::kOutcome,
                             .app = request_.app,
                             .instance = instance,
                             .from = listed ? found->second : "",
                             .to = "",
                             .put_back = true,
                             .succeeded = true,
                             .detail = ""}));
  return std::nullopt;
}

}  // namespace interlock
