"""Every query of the dashboards and the rules, taken from their files and run."""

import itertools
import json
import re
import subprocess
import time

from .checks import expect

# What Grafana puts in for its own variables at a scrape interval of a second.
BUILT_IN = {"__rate_interval": "10s", "__range": "2m", "__interval": "1s"}
# How far back the shop was open, at most.
SECONDS = 120


def data(server, promql):
    """The series of a range query, as a panel runs it, that have a number in them."""
    now = time.time()
    result = server.get("query_range", query=promql, start=now - SECONDS, end=now, step=1)["result"]
    numbers = ([float(value) for _, value in series["values"]] for series in result)
    return [series for series, values in zip(result, numbers) if any(value == value for value in values)]


def substitute(text, variables):
    """Puts values in for `$name` and `${name}`; one that is not there is an error."""
    return re.sub(r"\$\{?(\w+)\}?", lambda found: variables[found[1]], text)


def variables(server, dashboard):
    """The dashboard's variables, each with all of its values, as "All" has it."""
    values = dict(BUILT_IN)
    for variable in dashboard["templating"]["list"]:
        if variable["type"] != "query":
            continue
        query = substitute(variable["query"]["query"], values)
        series, label = re.fullmatch(r"label_values\((.+), *(\w+)\)", query).groups()
        found = server.get(f"label/{label}/values", **{"match[]": series})
        expect(found, f"the variable {variable['name']} has no values: {query}")
        values[variable["name"]] = "({})".format("|".join(re.escape(value).replace("\\", "\\\\") for value in found))
    return values


def panels(dashboard):
    """All panels, also those inside of collapsed rows."""
    for panel in dashboard["panels"]:
        yield panel
        yield from panel.get("panels", [])


def shape(name, dashboard):
    """No id is there twice, and no panel covers another."""
    ids = [panel["id"] for panel in panels(dashboard)]
    expect(len(ids) == len(set(ids)), f"{name}: an id is there twice in {ids}")
    covered = {}
    for panel in panels(dashboard):
        at = panel["gridPos"]
        for cell in itertools.product(range(at["x"], at["x"] + at["w"]), range(at["y"], at["y"] + at["h"])):
            expect(cell[0] < 24, f"{name}: {panel['title']} is wider than the page")
            expect(cell not in covered, f"{name}: {panel['title']} covers {covered.get(cell)}")
            covered[cell] = panel["title"]


def dashboards(server, folder):
    """Runs each query of each dashboard; all of them have data, and those with exemplars have exemplars."""
    told = []
    destination = re.search(r"exemplarTraceIdDestinations:(?:\s+#.*)*\s+- name: (\w+)", datasource(folder))[1]
    for file in sorted((folder / "dashboards").glob("*.json")):
        dashboard = json.loads(file.read_text(encoding="utf-8"))
        shape(file.name, dashboard)
        values = variables(server, dashboard)
        targets = [(panel["title"], target) for panel in panels(dashboard) for target in panel.get("targets", [])]
        targets += [(entry["name"], entry) for entry in dashboard["annotations"]["list"] if "expr" in entry]
        linked = 0
        for title, target in targets:
            promql = substitute(target["expr"], values)
            expect(data(server, promql), f"{file.name}, {title}: no data for {promql}")
            if target.get("exemplar"):
                linked += 1
                found = server.exemplars(promql)
                expect(found, f"{file.name}, {title}: no exemplars for {promql}")
                expect(all(destination in exemplar["labels"] for _, exemplar in found), f"none has a {destination}")
        expect(linked, f"{file.name} shows no exemplars")
        told.append(f"{file.name}: {len(targets)} queries have data, {linked} of them exemplars")
    expect(told, f"no dashboard in {folder}")
    return told


def datasource(folder):
    """The text of the data sources: Python reads no YAML by itself."""
    files = (folder / "provisioning/datasources").glob("*.yaml")
    return "".join(file.read_text(encoding="utf-8") for file in files)


def rules(server):
    """Each rule is evaluated, each recording gives series, and the alerts are those of the shop's own making."""
    records, alerts = set(), {}
    for group in server.get("rules")["groups"]:
        for rule in group["rules"]:
            expect(rule["health"] == "ok", f"{rule['name']}: {rule['health']}, {rule.get('lastError')}")
            if rule["type"] == "recording":
                selector = ", ".join(f'{name}="{value}"' for name, value in rule.get("labels", {}).items())
                records.add(f"{rule['name']}{{{selector}}}")
            else:
                alerts[rule["name"]] = [alert["labels"] for alert in rule["alerts"]]
    for record in sorted(records):
        expect(data(server, record), f"no data for {record}")
    fast = {(labels["job"], labels["slo"]) for labels in alerts["ErrorBudgetBurnsFast"]}
    expect(("gateway", "http-latency") in fast, f"a tenth of all orders is slow, and the alerts are {fast}")
    expect(not any(job == "notifications" for job, _ in fast), f"nothing is wrong with notifications: {fast}")
    overflows = {(labels["job"], labels["label"]) for labels in alerts["LabelsOverflow"]}
    expect(overflows == {("orders", "item")}, f"orders has more items than it may, and the alerts are {overflows}")
    calm = [name for name in ("ServiceNotScraped", "SpansLost", "SpanQueueFills") if alerts[name]]
    expect(not calm, f"no span was lost and every service was scraped, and the alerts are {calm}")
    return [f"{len(records)} recorded series and {len(alerts)} alerts evaluated; {len(fast)} fire fast"]


def rule_tests(binaries, folder):
    """Cases in which the alerts fire, and others in which they do not."""
    files = sorted((folder / "tests").glob("*.yaml"))
    run = subprocess.run([binaries / "promtool", "test", "rules", *files], capture_output=True, text=True)
    expect(run.returncode == 0 and files, f"the tests of the rules fail: {run.stdout}{run.stderr}")
    cases = sum(file.read_text(encoding="utf-8").count("- name:") for file in files)
    return [f"{cases} cases of the rules pass"]
