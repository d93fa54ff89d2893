# Asking apt without touching the machine's own state: lists, cache and the
# installed set are files of a private folder. Sourced, never run.

# Makes the private state in folder $1. What the machine says about proxies,
# certificates and credentials stays in force; what it says about its own
# packages (hooks, pins, a default release) does not.
make_apt_state() {
  local state=$1
  mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
  : > "$state/status"
  cat > "$state/apt.conf" <<CONF
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Pre-Invoke;
#clear DPkg::Post-Invoke;
#clear DPkg::Pre-Install-Pkgs;
#clear APT::Default-Release;
#clear Dir::Cache::archives;
Dir::Cache::archives "archives/";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State::lists "$state/lists/";
Dir::State::status "$state/status";
Dir::State::extended_states "$state/extended_states";
Dir::Cache "$state/cache/";
APT::Sandbox::User "root";
APT::Install-Recommends "false";
APT::Install-Suggests "false";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
Acquire::Retries "3";
Acquire::http::Timeout "30";
Acquire::https::Timeout "30";
CONF
}

# private_apt STATE ARGUMENT…: apt-get with that state. What it complains of
# is kept in STATE/errors; `apt_said` gives the first line of it.
private_apt() {
  local state=$1
  shift
  LC_ALL=C apt-get -qq -c "$state/apt.conf" "$@" \
    > /dev/null 2> "$state/errors" < /dev/null
}

apt_said() { sed -n 's/^[EW]: *//p' "$1/errors" | head -n 1; }
