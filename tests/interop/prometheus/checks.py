"""What a server must say of its scrapes, and of the exemplars that it kept."""

# The bounds of durations. Prometheus 2 keeps them as they are written, and this is how OpenMetrics does;
# 3 writes all of them this way, and so does protobuf, which has numbers.
BOUNDS = ["0.005", "0.01", "0.025", "0.05", "0.075", "0.1", "0.25", "0.5", "0.75", "1.0", "2.5", "5.0", "7.5", "10.0", "+Inf"]

# Families whose exemplars must be there, and the part of the shop that each comes from.
FAMILIES = {
    "http_server_request_duration_seconds_bucket": {"gateway", "orders", "notifications"},
    "http_client_request_duration_seconds_bucket": {"gateway", "fulfilment"},
    "rpc_server_call_duration_seconds_bucket": {"payments"},
    "rpc_client_call_duration_seconds_bucket": {"orders"},
    "messaging_process_duration_seconds_bucket": {"fulfilment"},
    "messaging_client_operation_duration_seconds_bucket": {"orders"},
    "messaging_client_sent_messages_total": {"orders"},
    "messaging_client_consumed_messages_total": {"fulfilment"},
}

# Seconds; a span has whole nanoseconds, and they are the same.
TOLERANCE = 1e-9


def expect(holds, what):
    if not holds:
        raise AssertionError(what)


def scrapes(scraper, services):
    """No scrape failed, nothing was refused, and the buckets have the names that are documented."""
    server = scraper.server
    jobs = {"listener", *services}
    up = {labels["job"]: value for labels, value in server.query("min_over_time(up[10m])")}
    expect(up == dict.fromkeys(jobs, 1.0), f"some scrapes failed: {up}")
    count = server.value("sum(count_over_time(up[10m]))")
    errors = {target["scrapeUrl"]: target["lastError"] for target in server.get("targets")["activeTargets"]}
    expect(not any(errors.values()), f"some targets have errors: {errors}")
    own = server.own()
    refused = {name: value for name, value in own.items() if name.startswith("prometheus_target_scrapes_")}
    refused["late"] = own["prometheus_tsdb_exemplar_out_of_order_exemplars_total"]
    expect("prometheus_target_scrapes_exemplar_out_of_order_total" in refused, f"the server does not tell: {refused}")
    expect(not any(refused.values()), f"some samples or exemplars were refused: {refused}")
    appended = own["prometheus_tsdb_exemplar_exemplars_appended_total"]
    expect(appended > 0, "no exemplar was kept")
    for family in FAMILIES:
        if family.endswith("_bucket"):
            bounds = {labels["le"] for labels, _ in server.query(f"count by (le) ({family})")}
            expect(bounds == set(BOUNDS), f"{family} has the bounds {sorted(bounds)}")
    return [f"{count:.0f} scrapes, none failed; {appended:.0f} exemplars kept, none refused or out of order"]


def target(server, resources):
    """`target_info` says of each service what its spans say."""
    bookkeeping = {"__name__", "job", "instance"}
    for labels, value in server.query("target_info"):
        job = labels["job"]
        said = {name: text for name, text in labels.items() if name not in bookkeeping}
        spelt = {key.replace(".", "_"): text for key, text in resources.pop(job).items()}
        expect(value == 1 and said == spelt, f"{job}: its metrics say {said}, and its spans {spelt}")
        expect({"service_name", "service_version", "deployment_environment_name"} <= set(said), f"{job}: {said}")
    expect(not resources, f"no target_info of {list(resources)}")
    return ["target_info says what the spans' resource does"]


def limits(server, spans, novelties):
    """Every item is counted, under its own name or none, and the one too many has a trace."""
    items = {labels["item"]: value for labels, value in server.query("shop_ordered_items_total")}
    paid = server.value("sum(http_server_request_duration_seconds_count{job='orders', http_response_status_code='201'})")
    # The shop's own orders have two items, the novelties one, and what no broker takes is paid, too.
    expected = 2 * (paid - novelties) + novelties + 1
    expect(sum(items.values()) == expected, f"{expected} items were ordered, not {items}")
    expect(len(items) == 21 and items["_overflow"] > 0, f"twenty items have names: {items}")
    overflow = "traceprop_metrics_overflow_total{metric='shop_ordered_items_total', label='item'}"
    diverted = server.value(overflow)
    expect(diverted == items["_overflow"], f"{diverted} look-ups were diverted, and {items['_overflow']} items")
    found = [exemplar["labels"] for _, exemplar in server.exemplars(overflow)]
    expect(found and all((at["trace_id"], at["span_id"]) in spans for at in found), f"who did it: {found}")
    return [f"{len(items) - 1} items by name, {diverted:.0f} over the limit, with the trace of who ordered them"]


def exemplars(server, spans):
    """Each exemplar leads to a span that the shop recorded, which took as long as the exemplar says."""
    traces = {trace for trace, _ in spans}
    bounds = [float(bound) for bound in BOUNDS]
    checked = 0
    slow = set()
    for family, jobs in FAMILIES.items():
        found = server.exemplars(family)
        expect({labels["job"] for labels, _ in found} == jobs, f"{family}: exemplars of {found}")
        for labels, exemplar in found:
            trace, span = exemplar["labels"]["trace_id"], exemplar["labels"]["span_id"]
            expect(trace in traces, f"{family}: the shop knows no trace {trace}")
            expect((trace, span) in spans, f"{family}: trace {trace} has no span {span}")
            value = float(exemplar["value"])
            checked += 1
            if not family.endswith("_bucket"):
                continue
            took = spans[trace, span]
            expect(abs(value - took) < TOLERANCE, f"{family}: {value} s, but span {span} took {took} s")
            at = BOUNDS.index(labels["le"])
            lower = bounds[at - 1] if at else 0.0
            expect(lower < value <= bounds[at], f"{family}: {value} is in the bucket of {labels['le']}")
            if lower >= 0.5:
                slow.add((labels["job"], trace))
    expect({"gateway", "orders"} <= {job for job, _ in slow}, f"no slow request has an exemplar: {slow}")
    return [f"{checked} exemplars of {len(FAMILIES)} families lead to recorded spans of the same duration; "
            f"{len({trace for _, trace in slow})} slow traces among them"]
