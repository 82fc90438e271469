# What the scripts of the peers share. Sourced by each, with the peer's folder and the scratch folder
# that packages are kept in as its arguments.
#
# A script ends with 0 where every exchange was right, with 75 where its packages cannot be fetched, and
# else with 1.

peer=$1
scratch=$2
mkdir -p "$scratch"

# Runs a command that fetches, once for each state of the named files: `fetched FILE... -- COMMAND...`.
fetched() {
    local files=() mark
    while [[ $1 != -- ]]; do
        files+=("$1")
        shift
    done
    shift
    mark=$scratch/fetched
    if [[ -f $mark ]] && cat "${files[@]}" | cmp -s - "$mark"; then
        return
    fi
    "$@" >"$scratch/fetch.log" 2>&1 || {
        echo "$(basename "$peer"): cannot be fetched: $(grep -im1 error "$scratch/fetch.log" || true)" >&2
        exit 75
    }
    cat "${files[@]}" >"$mark"
}

# Needs a program: `need node`.
need() {
    command -v "$1" >/dev/null || {
        echo "$(basename "$peer"): $1 is not installed" >&2
        exit 75
    }
}

# Runs the exchanges: `exchange NAME FORMATS COMMAND...`.
exchange() {
    "$CARGO_TARGET_DIR/debug/http_peers" "$@"
}
