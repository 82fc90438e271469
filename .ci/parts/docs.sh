# The documentation, warnings denied: a broken link is one.

RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --all-features --locked
echo "docs: ${#crates[@]} crates, $(find "$CARGO_TARGET_DIR"/doc/traceprop_* -name '*.html' | wc -l) pages, 0 warnings"
