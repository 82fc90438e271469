# Known bugs, run on the Rust libraries that could have them and on ours: we have none of them, and the
# README holds the table as it is now.

CARGO_TARGET_DIR=$scratch/bugs cargo run --quiet --locked --manifest-path tests/peers/bugs/Cargo.toml -- \
    --check README.md
