# 100,000 calls with spawns, aborts and late events, ten times over: an ordinary run has them once.

cargo test --quiet --locked --all-features -p traceprop-tests --test stress --no-run
for run in {1..10}; do
    cargo test --quiet --locked --all-features -p traceprop-tests --test stress
done
echo "stress: $run runs of 100,000 calls, no span too few or too many"
