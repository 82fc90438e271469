# The slot of an exemplar and the counts of a histogram through every interleaving of a model checker,
# the same with one thing broken in each, and how many atomic operations an observation is.

CARGO_TARGET_DIR=$scratch/models cargo run --quiet --release --locked --manifest-path tests/models/Cargo.toml
