// interlock init: probes a database and writes a commented interlock.toml.
#include <cctype>
#include <filesystem>

#include "cli/commands/all.h"
#include "cli/context.h"
#include "cli/engines.h"
#include "cli/project_files.h"
#include "cli/text_style.h"

namespace interlock::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kVariable = "INTERLOCK_DATABASE_URL";

std::string ProjectName(const std::string& folder) {
  std::string name;
  for (const char c : folder) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 && byte < 0x80)
      name += static_cast<char>(std::tolower(byte));
    else if (!name.empty() && name.back() != '-')
      name += '-';
  }
  while (!name.empty() && name.back() == '-') name.pop_back();
  return name.empty() ? "project" : name;
}

std::string ConfigText(const std::string& name, const Catalog& catalog,
                       const ServerIdentity& server, size_t replicas) {
  std::string text =
      "# What interlock deploys, and to where.  `interlock check` proves this file, `interlock\n"
      "# doctor` the servers it names.\n"
      "format = 1\n\n[project]\nname = \"" +
      name +
      "\"\nmigrations = [\"migrations\"]\n\n"
      "# Seen: " +
      catalog.engine + " " + server.version + ", " +
      Count(static_cast<long long>(catalog.tables.size()), "table") +
      ".\n[databases.main]\n"
      "# Never the secret itself: ${NAME} of the environment, or url_file, or url_command.\n"
      "url = \"${" +
      std::string(kVariable) +
      "}\"\n"
      "# owns = [\"" +
      catalog.default_schema +
      ".*\"]      # default: everything but the system's\n"
      "# ignore = [\"" +
      catalog.default_schema +
      ".tmp_*\"]\n"
      "# others = [\"psql\", \"pg_exporter*\"]   # sessions that are no application\n";
  text += replicas == 0
              ? "# replicas = [\"${REPLICA_URL}\"]        # their schema and sessions count too\n"
              : "# This server has " + Count(static_cast<long long>(replicas), "replica") +
                    " attached: name each, else contracts stay closed.\n"
                    "# replicas = [\"${REPLICA_URL}\"]\n";
  return text +
         "# lock_timeout = \"500ms\"\n\n"
         "# An application that uses the database:\n"
         "# [apps.web]\n"
         "# databases = [\"main\"]\n"
         "# uses = \"services/web/uses.toml\"      # what the code supports, beside the code\n"
         "# census.sessions = \"web/{version}\"     # application_name of its sessions\n"
         "#\n"
         "# [apps.web.deploy]                     # argument lists, never shell text\n"
         "# driver = \"command\"\n"
         "# list    = [\"deploy/list\", \"web\"]     # prints INSTANCE VERSION lines, - for none\n"
         "# start   = [\"deploy/start\", \"{instance}\", \"{version}\"]\n"
         "# stop    = [\"deploy/stop\", \"{instance}\"]\n"
         "# healthy = [\"deploy/healthy\", \"{instance}\", \"{version}\"]\n"
         "# timeout = \"2m\"\n\n"
         "# [environments.prod]                   # chosen by --env or INTERLOCK_ENV\n"
         "# databases.main.url_file = \"/run/secrets/database-url\"\n"
         "# protected = true\n"
         "# contract = { soak = \"24h\", approvals = 1 }\n";
}

Result<int> RunInit(Context& context) {
  const auto& args = context.args();
  if (!args.Has("url"))
    return Fail(ErrorKind::kUsage, "IL-U03", "interlock init needs --url",
                "interlock init --url \"$INTERLOCK_DATABASE_URL\"");
  const std::string file = args.Get("config", "interlock.toml");
  std::error_code error;
  if (fs::exists(file, error))
    return Fail(ErrorKind::kConfig, "IL-U19", file + " is there already",
                "edit it, or take it away first");
  Database database;
  database.name = "main";
  database.url = args.Get("url");
  IL_ASSIGN(const auto engine, MakeEngine(database, context.clock()));
  IL_ASSIGN(const auto session, engine->Connect(false));
  IL_ASSIGN(const auto server, session->Identity());
  IL_ASSIGN(const auto catalog, session->ReadCatalog());
  const auto replicas = session->AttachedReplicas();
  const fs::path folder = fs::absolute(file, error).parent_path();
  const std::string name = ProjectName(args.Get("name", folder.filename().string()));
  for (const char* made : {"migrations", "plans"}) {
    fs::create_directories(folder / made, error);
    if (error)
      return Fail(ErrorKind::kConfig, "IL-U17",
                  (folder / made).string() + " cannot be made: " + error.message(),
                  "look at the folder's permissions");
  }
  IL_RETURN_IF_ERROR(
      WriteText(file, ConfigText(name, catalog, server, replicas ? replicas->size() : 0), 0644));
  context.out().Print(Green("✓") + " " + file + ", migrations/ and plans/ for project " + name +
                      " (" + catalog.engine + " " + server.version + ", " +
                      Count(static_cast<long long>(catalog.tables.size()), "table") +
                      ")\n  next:   export " + kVariable + "=…   then  interlock doctor");
  context.out().SetData({{"config", file},
                         {"project", name},
                         {"engine", catalog.engine},
                         {"version", server.version},
                         {"tables", catalog.tables.size()}});
  return 0;
}

}  // namespace

Command InitCommand() {
  Command command;
  command.name = "init";
  command.summary = "probe a database and write a commented interlock.toml";
  command.about =
      "Writes the file, migrations/ and plans/, never the url itself: the file refers to the "
      "environment variable INTERLOCK_DATABASE_URL.  Nothing is overwritten.";
  command.options = {{"url", "URL", "postgresql://… or mysql://…; used to look, and not kept"},
                     {"name", "NAME", "the project's name (default: the folder's)"}};
  command.examples = {{"interlock init --url \"$INTERLOCK_DATABASE_URL\"", ""}};
  command.exits = {4, 11};
  command.run = RunInit;
  return command;
}

}  // namespace interlock::cli
