# The README's example with the README's dependency lines, word for word, in a crate of its own outside
# of this workspace: built, started, asked once, and ended.

crate=$scratch/outside
rm -rf "$crate"
mkdir -p "$crate/src"

# The blocks of README.md with the given fence, one after the other.
blocks() { awk -v fence="\`\`\`$1" '$0 == fence { inside = 1; next } /^```/ { inside = 0 } inside' README.md; }
{
    printf '[package]\nname = "outside"\nedition = "2024"\n\n[workspace]\n\n'
    blocks toml
} >"$crate/Cargo.toml"
blocks rust,no_run >"$crate/src/main.rs"
lines=$(grep -c '^traceprop-' "$crate/Cargo.toml") || die "README.md has no dependency lines"
[[ $lines == "${#crates[@]}" ]] || die "README.md has $lines dependency lines for ${#crates[@]} crates"
cp Cargo.lock "$crate/" # The same versions: what other parts have built is used again.

# The repository's address leads to this checkout, and nothing of that stays in Cargo's own folder.
home=$scratch/outside-home
rm -rf "$home"
mkdir -p "$home" "${CARGO_HOME:=$HOME/.cargo}/registry"
for entry in "$CARGO_HOME"/*; do
    [[ ${entry##*/} == git ]] || ln -s "$entry" "$home/"
done
address=$(sed -n 's/^repository = "\(.*\)"/\1/p' Cargo.toml)
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=url.file://$PWD.insteadOf GIT_CONFIG_VALUE_0=$address
CARGO_HOME=$home CARGO_NET_GIT_FETCH_WITH_CLI=true cargo build --quiet --manifest-path "$crate/Cargo.toml"

log=$scratch/outside.log
TRACEPROP_CONSOLE=waterfall "$CARGO_TARGET_DIR/debug/outside" >"$log" 2>&1 &
example=$!
trap 'kill "$example" 2>/dev/null || true' EXIT
answer=
for _ in {1..50}; do
    # The port is the example's. Bash asks by itself: curl need not be there.
    if { exec 3<>/dev/tcp/127.0.0.1/3000; } 2>/dev/null; then
        printf 'GET /orders/42 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
        answer=$(head -n 1 <&3)
        exec 3>&-
        break
    fi
    sleep 0.1
done
kill -INT "$example"
wait "$example" || die "the example ended with status $?: $(cat "$log")"
[[ $answer == *" 200 "* ]] || die "the example answered '$answer': $(cat "$log")"
grep -q 'GET /orders/{id}' "$log" || die "the example showed no trace: $(cat "$log")"
echo "outside: $lines dependency lines, the example built, answered, showed its trace and ended"
