#include "engine/mysql/replica_lag.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/text.h"
#include "engine/answers.h"
#include "engine/mysql/census.h"

namespace interlock::mysql {
namespace {

/// Seconds: the watcher that asks also beats for its claims, which end after 30 s of silence.
constexpr int kLongestReplicaAnswer = 2;

/// A column's value by the name that MySQL has for it, or MariaDB.
SqlValue StatusValue(const NamedRow& row, const char* mysql, const char* mariadb) {
  for (const char* name : {mysql, mariadb})
    if (const auto found = row.find(name); found != row.end()) return found->second;
  return std::nullopt;
}

/// "" while it runs.
std::string ThreadTrouble(const std::string& thread, const SqlValue& state, const SqlValue& error,
                          const std::string& channel) {
  if (state == "Yes") return "";
  std::string out = "its " + thread + " thread" + channel + " is ";
  out += state == "No" ? "stopped" : Lower(state.value_or("unknown"));
  if (error.value_or("0") != "0") out += " (error " + *error + ")";
  return out;
}

ReplicaState ReadChannel(const std::string& name, const NamedRow& row) {
  ReplicaState out{name, true, {}, ""};
  std::string channel = StatusValue(row, "channel_name", "connection_name").value_or("");
  if (!channel.empty()) channel = " of channel " + channel;
  out.why_unknown =
      ThreadTrouble("SQL", StatusValue(row, "replica_sql_running", "slave_sql_running"),
                    StatusValue(row, "last_sql_errno", "last_sql_errno"), channel);
  if (out.why_unknown.empty())
    out.why_unknown =
        ThreadTrouble("IO", StatusValue(row, "replica_io_running", "slave_io_running"),
                      StatusValue(row, "last_io_errno", "last_io_errno"), channel);
  if (!out.why_unknown.empty()) return out;
  const auto seconds =
      WholeNumber(StatusValue(row, "seconds_behind_source", "seconds_behind_master"));
  if (seconds) {
    out.lag = std::chrono::seconds(std::max<std::int64_t>(*seconds, 0));
  } else {
    out.why_unknown = "it tells none" + channel;
  }
  return out;
}

/// Attached ones whose lag nobody can be asked for.
Result<std::optional<ReplicaState>> Unlisted(MySqlConnection& primary, std::size_t listed) {
  ReplicaState out{"attached replicas", true, {}, ""};
  auto attached = ReadReplicas(primary);
  if (!attached) {
    const Error& error = attached.error();
    if (error.kind == ErrorKind::kTransient || error.kind == ErrorKind::kInDoubt ||
        error.kind == ErrorKind::kUnreachable)
      return Fail(error);
    out.why_unknown = error.message + (error.hint.empty() ? "" : ": " + error.hint);
    return std::optional(std::move(out));
  }
  if (attached->size() <= listed) return std::optional<ReplicaState>();
  std::vector<std::string> names;
  for (const auto& replica : *attached) names.push_back(replica.name);
  out.why_unknown = std::to_string(names.size()) + " attached (" + Join(names, ", ") + "), " +
                    std::to_string(listed) + " listed in `replicas`";
  return std::optional(std::move(out));
}

class ReplicaWatch {
 public:
  explicit ReplicaWatch(std::vector<std::string> urls)
      : urls_(std::move(urls)), kept_(urls_.size()) {}

  Result<std::vector<ReplicaState>> Ask(MySqlConnection& primary) {
    std::vector<ReplicaState> out;
    for (std::size_t i = 0; i < urls_.size(); ++i) {
      out.push_back(AskReplica("replica " + std::to_string(i + 1), urls_[i], kept_[i]));
      if (!out.back().lag) return out;
    }
    IL_ASSIGN(auto unlisted, Unlisted(primary, urls_.size()));
    if (unlisted) out.push_back(std::move(*unlisted));
    return out;
  }

 private:
  std::vector<std::string> urls_;
  std::vector<std::unique_ptr<MySqlConnection>> kept_;  ///< one a url
};

}  // namespace

AskReplicas WatchReplicas(std::vector<std::string> urls) {
  return [watch = std::make_shared<ReplicaWatch>(std::move(urls))](MySqlConnection& primary) {
    return watch->Ask(primary);
  };
}

ReplicaState AskReplica(const std::string& name, const std::string& url,
                        std::unique_ptr<MySqlConnection>& kept) {
  ReplicaState out{name, false, {}, ""};
  if (!kept) {
    auto opened = MySqlConnection::Open(url, {"interlock", false, kLongestReplicaAnswer});
    if (!opened) {
      out.why_unknown = opened.error().message;
      return out;
    }
    kept = std::move(*opened);
  }
  const bool maria = kept->version().flavor == Flavor::kMariaDb;
  const auto channels = kept->Show(maria ? "SHOW ALL SLAVES STATUS" : "SHOW REPLICA STATUS");
  if (channels) return ReadReplicaStatus(name, *channels);
  // A session does not see privileges that it gets later: it is given up for these, too.
  kept.reset();
  out.reachable = channels.error().kind == ErrorKind::kRefused;
  out.why_unknown = out.reachable
                        ? std::string("this account lacks a privilege there: GRANT ") +
                              (maria ? "SLAVE MONITOR" : "REPLICATION CLIENT") + " ON *.* to it"
                        : channels.error().message;
  return out;
}

ReplicaState ReadReplicaStatus(const std::string& name, const std::vector<NamedRow>& channels) {
  ReplicaState worst{name, true, {}, ""};
  worst.why_unknown = "it follows no server";
  for (const auto& row : channels) {
    auto channel = ReadChannel(name, row);
    if (!channel.lag) return channel;
    if (!worst.lag || *channel.lag > *worst.lag) worst = std::move(channel);
  }
  return worst;
}

std::optional<std::string> ReplicaPause(const std::vector<ReplicaState>& replicas,
                                        Duration max_lag) {
  const ReplicaState* last = nullptr;
  for (const auto& replica : replicas) {
    if (!replica.lag)
      return "the lag of " + replica.name + " cannot be read" +
             (replica.why_unknown.empty() ? "" : ": " + replica.why_unknown) +
             "; mend that, or set max_replica_lag = \"0s\"";
    if (last == nullptr || *replica.lag > *last->lag) last = &replica;
  }
  if (last == nullptr || *last->lag <= max_lag) return std::nullopt;
  return last->name + " is " + HumanDuration(*last->lag) + " behind";
}

}  // namespace interlock::mysql
