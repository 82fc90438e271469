# Propagation, metrics, requests and calls over the peers', each in one run; fails where something is above its maximum.

peers() {
    cargo run --quiet --release --locked --manifest-path tests/peers/Cargo.toml \
        --target-dir "$scratch/peers" "${@:2}" --check | tee "$scratch/$1.log"
}
peers peers --no-default-features --
for what in metrics http http-client grpc; do
    peers "peers-$what" -- "$what"
done
echo "peers: everything is under its maximum"
