# The documentation, warnings denied: a broken link is one.

RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --all-features --locked
folders=("${crates[@]//-/_}")
pages=$(find "${folders[@]/#/$CARGO_TARGET_DIR/doc/}" -name '*.html' | wc -l)
echo "docs: $pages pages of ${#crates[@]} crates, 0 warnings"
