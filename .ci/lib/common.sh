# shellcheck shell=bash disable=SC2034
# What .ci/run and .ci/long share. To be sourced with `set -euo pipefail`, from the root of the repository.

# The crates that build without a runtime; every one of their features must build alone.
CORES=(jid xmpp-core bosh-core soap-xmpp)

export CARGO_TERM_COLOR=never
# One build from nothing: what is built incrementally costs more here than it saves, and line numbers are all that
# a backtrace needs.
export CARGO_INCREMENTAL=0
export CARGO_PROFILE_DEV_DEBUG=line-tables-only

# Where programs that this script installs go, when cargo's own folder is not in the path.
export PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"

step_times=()
step_now=

# step NAME COMMAND..: runs the command and remembers how long it took.
step() {
    local name=$1 start=$SECONDS
    shift
    step_now=$name
    printf '\n==== %s\n' "$name"
    "$@"
    step_times+=("$(printf '%6d s  %s' $((SECONDS - start)) "$name")")
    step_now=
}

# The last words, whatever happened: times of the steps, and which one failed.
summary() {
    local status=$?
    printf '\n==== summary\n'
    [ ${#step_times[@]} = 0 ] || printf '%s\n' "${step_times[@]}"
    printf '%6d s  in all\n' "$SECONDS"
    if [ "$status" = 0 ]; then
        echo "passed: every step"
    else
        echo "FAILED: ${step_now:-before the first step} (exit code $status)"
    fi
    exit "$status"
}
trap summary EXIT

# has PROGRAM: it can be run. A server may be where only root looks.
has() {
    PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v "$1" >/dev/null
}

# cargo_tool PROGRAM: `cargo install`s it if it is missing. Its build shares nothing with ours.
cargo_tool() {
    has "$1" || env -u CARGO_TARGET_DIR cargo install --locked --quiet "$1"
}

# fuzz_each SECONDS: runs every fuzz target for as long. New inputs go to a temporary folder, so that only inputs
# that somebody chose are in fuzz/corpus. Without a nightly compiler there is no address sanitizer; the cores have no
# unsafe code, so what remains finds nearly all the same.
fuzz_each() {
    local seconds=$1 fuzz=(cargo fuzz) sanitizer=none target found folder
    if cargo +nightly --version >/dev/null 2>&1; then
        fuzz=(cargo +nightly fuzz) sanitizer=address
    fi
    cargo_tool cargo-fuzz
    "${fuzz[@]}" build --sanitizer "$sanitizer"
    found=$(mktemp -d)
    for target in $(cargo fuzz list); do
        echo "-- fuzz $target for $seconds s"
        mkdir "$found/$target"
        folder=fuzz/corpus/$target
        local options=(-max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0)
        [ ! -f "fuzz/dictionaries/$target.dict" ] || options+=("-dict=fuzz/dictionaries/$target.dict")
        mkdir -p "$folder"
        "${fuzz[@]}" run --sanitizer "$sanitizer" "$target" "$found/$target" "$folder" -- "${options[@]}"
        echo "   $(find "$found/$target" -type f | wc -l) new inputs"
    done
    if [ -n "${KEEP_FOUND:-}" ]; then echo "new inputs are in $found"; else rm -rf "$found"; fi
}
