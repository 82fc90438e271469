# Formatting, also of the workspaces that stand beside ours.

manifests=(Cargo.toml)
for manifest in tests/*/Cargo.toml; do
    [[ -f $manifest ]] && grep -q '^\[workspace\]' "$manifest" && manifests+=("$manifest")
done
for manifest in "${manifests[@]}"; do
    cargo fmt --all --check --manifest-path "$manifest"
done
echo "fmt: $(git ls-files '*.rs' | wc -l) files in ${#manifests[@]} workspaces, all formatted"
