# What the parts share. Sourced by `.ci/run`, `.ci/long` and each part, in the top folder.

exec </dev/null
export CI=true CARGO_TERM_COLOR=never CARGO_NET_RETRY=5
# No second build of the same code profits from these, and they take a third of a build's writing.
export CARGO_INCREMENTAL=0 CARGO_PROFILE_DEV_DEBUG=0

# A developer's settings decide nothing here.
for variable in $(compgen -e | grep -E '^(OTEL_|TRACEPROP_|SHOP_|RUST_LOG$|KAFKA_BOOTSTRAP$)' || true); do
    unset "$variable"
done

crates=(traceprop-core traceprop-http traceprop-grpc traceprop-kafka traceprop-metrics)
CARGO_TARGET_DIR=$(mkdir -p "${CARGO_TARGET_DIR:-target}" && cd "${CARGO_TARGET_DIR:-target}" && pwd)
export CARGO_TARGET_DIR
# What parts leave for each other and for whoever reads them afterwards.
scratch=$CARGO_TARGET_DIR/ci
mkdir -p "$scratch"

# Fails a part: `die "what is wrong"`.
die() {
    echo "error: $*" >&2
    exit 1
}

# Ends a part that cannot run here, which is no failure, and is told again at the very end:
# `skip "what is missing"`.
skip() {
    echo "$part: SKIPPED, $*"
    echo "$part: $*" >>"$scratch/skipped"
    exit 0
}

# Runs the named files of `.ci/parts`, all of them also after a failure, and says how each went.
run_parts() {
    local part began failed=() skipped
    : >"$scratch/skipped"
    for part in "$@"; do
        [[ -f .ci/parts/$part.sh ]] || die "there is no part '$part'; there are: $(ls .ci/parts)"
    done
    for part in "$@"; do
        echo "=== $part"
        began=$SECONDS
        if ! bash -euo pipefail -c "source .ci/lib.sh; part=$part; source .ci/parts/$part.sh"; then
            failed+=("$part")
            echo "$part: FAILED"
        fi
        echo "    $((SECONDS - began)) s"
    done
    skipped=$(wc -l <"$scratch/skipped")
    [[ $skipped == 0 ]] || sed 's/^/=== skipped: /' "$scratch/skipped"
    echo "=== $# parts, ${#failed[@]} failed${failed:+: ${failed[*]}}, $skipped skipped, $SECONDS s"
    [[ ${#failed[@]} == 0 ]]
}

# Needs python3, and installs it where that takes no more than a package manager and its owner.
need_python() {
    command -v python3 >/dev/null && return
    command -v apt-get >/dev/null || die "python3 is missing"
    apt-get install -qq -y python3-minimal >/dev/null || die "python3 is missing"
}
