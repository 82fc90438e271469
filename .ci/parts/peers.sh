# Propagation, metrics, requests and calls over the peers', each in one run; fails where something is above its maximum.

cargo build --quiet --release --locked --manifest-path tests/peers/Cargo.toml --target-dir "$scratch/peers"
for what in "" metrics http http-client grpc; do
    # shellcheck disable=SC2086 # Nothing is no argument.
    "$scratch/peers/release/traceprop-peers" $what --check | tee "$scratch/peers${what:+-$what}.log"
done
echo "peers: everything is under its maximum"
