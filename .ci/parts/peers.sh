# Propagation over the peers' in one run; fails where a ratio is above its maximum.

CARGO_TARGET_DIR=$scratch/peers cargo run --quiet --release --locked --manifest-path tests/peers/Cargo.toml -- \
    --check | tee "$scratch/peers.log"
echo "peers: every ratio is under its maximum"
