# The main job, as a newcomer types it. It says itself whether every trace is whole.

log=$scratch/shop.log
cargo build --release --locked -p shop
cargo run --release -p shop 2>&1 | tee "$log"
echo "shop: exit status 0; $(grep -v '^[[:space:]]*$' "$log" | tail -n 1)"
