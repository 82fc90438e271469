# Traces over HTTP with services in other languages: Flask, express, otelhttp and the Java agent.
# What they need is fetched once, into the scratch folder; a peer that cannot be fetched is skipped, and
# the last line says how many were.

cargo build --quiet --locked -p http_peers
whole=() skipped=() failed=()
for peer in python node go java; do
    status=0
    "tests/interop/http/$peer/run" "$scratch/http_peers/$peer" || status=$?
    case $status in
        0) whole+=("$peer") ;;
        75) skipped+=("$peer") ;;
        *) failed+=("$peer") ;;
    esac
done
echo "http_peers: ${#whole[@]} peers, every trace whole; ${#skipped[@]} skipped${skipped:+: ${skipped[*]}}"
[[ ${#failed[@]} == 0 ]] || die "not with ${failed[*]}"
[[ ${#whole[@]} -gt 0 ]] || die "no peer could be fetched"
