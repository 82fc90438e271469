# The shop under a real Prometheus, Debian's, which is fetched and unpacked once: exemplars, formats,
# negotiation, and every query of the dashboard and the rules in `examples/stack`.

need_python
cache=$scratch/prometheus
mkdir -p "$cache"
parser=prometheus-client==0.26.0
if [[ $(cat "$cache/parser" 2>/dev/null) != "$parser" ]]; then
    rm -rf "$cache/python"
    python3 -m pip install --quiet --disable-pip-version-check --target "$cache/python" "$parser" 2>"$cache/pip.log" ||
        skip "pip gives no $parser: $(tail -n 1 "$cache/pip.log")"
    echo "$parser" >"$cache/parser"
fi
cargo build --quiet --release --locked -p shop
log=$cache/log
status=0
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$PWD/tests/interop:$cache/python \
    python3 -m prometheus "$CARGO_TARGET_DIR/release/shop" "$cache" >"$log" || status=$?
[[ $status != 3 ]] || skip "$(cat "$log")"
[[ $status == 0 ]] || die "the shop and Prometheus do not agree"
sed 's/^/prometheus: /' "$log"
