# 200,000 requests over real sockets, one in ten of which goes away at a random point: as many spans end
# as start, the gauge comes back to zero, and memory does not grow. An ordinary run has 4,000.

SOAK_REQUESTS=200000 cargo test --quiet --locked --all-features -p traceprop-tests --test soak \
    -- --nocapture | tee "$scratch/soak.log"
grep -q '^soak: ' "$scratch/soak.log" || die "the soak did not say what it counted"
