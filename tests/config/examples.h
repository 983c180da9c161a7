// The files of the design, as a user would write them.
#pragma once

namespace interlock::config_test {

inline constexpr char kShopProject[] = R"(format = 1

[project]
name = "shop"
migrations = ["migrations"]

[ledger]                              # optional with one database; see above
url = "postgresql://ledger@db-0/interlock"

[databases.main]
url = "${SHOP_DATABASE_URL}"          # or url_file, url_command; postgresql: mysql: sqlite:
owns = ["public.*"]                   # what the fingerprint covers; default: all but system
ignore = ["public.tmp_*"]
others = ["psql", "pg_exporter*"]     # sessions that are no application
replicas = ["${SHOP_REPLICA_URL}"]
lock_timeout = "500ms"

[databases.main.backfill]
workers = 2
batch_time = "250ms"                  # the batch size adapts to it
max_replica_lag = "5s"

[apps.web]
databases = ["main"]
uses = "services/web/uses.toml"       # travels with the code
census.sessions = "web/{version}"     # what its database sessions call themselves
census.unknown = "report"             # sessions that match no application
census.window = "1m"                  # as long as the longest pause between two appearances

[apps.web.deploy]
driver = "command"                    # commands are argument lists, never shell text
list    = ["deploy/list", "web"]      # prints INSTANCE VERSION lines, - for none
start   = ["deploy/start", "{instance}", "{version}"]
stop    = ["deploy/stop", "{instance}"]
healthy = ["deploy/healthy", "{instance}", "{version}"]
drain   = ["deploy/balancer", "out", "{instance}"]      # optional, and undrain
timeout = "2m"

[environments.prod]                   # chosen by --env or INTERLOCK_ENV
databases.main.url_file = "secrets/shop-db"
protected = true                      # asks on a terminal; no `apply`
contract = { soak = "24h", approvals = 1 }
)";

inline constexpr char kSplitName[] = R"toml([migration]
database = "main"
summary = "Split users.name into first and last name"
why = "Invoices must show the family name alone"
refs = ["SHOP-1432"]
after = ["0001-create-users"]

[[change]]
kind = "derive_columns"
table = "users"
old = ["name"]                                  # dropped at contract
new = [
  { name = "first_name", type = "text", null = false, up = "split_part(name, ' ', 1)" },
  { name = "last_name",  type = "text", null = false, up = "split_part(name, ' ', 2)" },
]
down = { name = "first_name || ' ' || last_name" }
)toml";

inline constexpr char kWebUses[] = R"([uses]
"0002-split-name" = "expanded.."      # needs first_name
"0001-create-users" = "..expanded"
)";

inline constexpr char kNamesPlan[] = R"([release]
id = "2026-11-22-names"
summary = "Names become two fields"
migrations = ["0002-split-name"]

[[rollout]]
app = "web"
from = "1.41.2"             # default: what the census shows; without `uses`: up to expanded
to = "${WEB_VERSION}"       # or --set; without `uses`: from expanded on
batches = [1, "50%", "100%"]   # cumulative
bake = "30s"                # healthy for so long before the next batch

[contract]
soak = "24h"

[[gate]]
before = "contract"         # expand | rollout | cut_over | contract
attest = "The nightly export no longer reads users.name"

[[gate]]
before = "contract"
approvals = 1
)";

}  // namespace interlock::config_test
