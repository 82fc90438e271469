# What the crates build on: one version of what must be one, nothing that needs more than a C compiler
# and make, and nothing newer than the oldest Rust that the crates promise.

need_python
python3 .ci/metadata.py deps
oldest=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
if command -v rustup >/dev/null && rustup toolchain list | grep -q "^$oldest"; then
    cargo "+$oldest" check --quiet --locked --all-features --target-dir "$scratch/msrv" "${crates[@]/#/-p}"
    echo "deps: the ${#crates[@]} crates compile with Rust $oldest"
else
    echo "deps: Rust $oldest is not installed here; clippy checks the standard library's items against it"
fi
