"""A strict reader of Prometheus' text format 0.0.4: what it does not know is an error."""

import re

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_HELP = re.compile(rf"# HELP ({_NAME}) (.+)")
_TYPE = re.compile(rf"# TYPE ({_NAME}) (counter|gauge|histogram)")
_SAMPLE = re.compile(rf"({_NAME})(?:\{{(.*)\}})? (\S+)")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)')
_ESCAPED = {r"\n": "\n", r"\"": '"', r"\\": "\\"}
_SUFFIXES = ("_bucket", "_sum", "_count")


def parse(text):
    """``{sample name: [(labels, value)]}``; AssertionError for what the format does not allow."""
    assert text.endswith("\n"), "the last line must end"
    samples, kinds, family, helped = {}, {}, None, set()
    for line in text.splitlines():
        if found := _HELP.fullmatch(line):
            family = found[1]
            assert family not in helped, f"HELP twice: {line}"
            helped.add(family)
        elif found := _TYPE.fullmatch(line):
            assert found[1] == family and family not in kinds, f"TYPE out of place: {line}"
            kinds[family] = found[2]
        else:
            found = _SAMPLE.fullmatch(line)
            assert found, f"no sample: {line!r}"
            name, labels, value = found[1], _labels(found[2] or ""), float(found[3])
            assert _family_of(name, kinds) == family, f"sample out of its family: {line}"
            assert labels not in [each for each, _value in samples.get(name, [])], f"twice: {line}"
            assert kinds[family] == "gauge" or value >= 0, f"a counter below zero: {line}"
            samples.setdefault(name, []).append((labels, value))
    for name, kind in kinds.items():
        if kind == "counter":
            assert name.endswith("_total"), f"a counter's name: {name}"
        if kind == "histogram":
            _check_histogram(name, samples)
    return samples


def _family_of(name, kinds):
    for suffix in _SUFFIXES:
        base = name.removesuffix(suffix)
        if base != name and kinds.get(base) == "histogram":
            return base
    assert kinds.get(name) in ("counter", "gauge"), f"no type for {name}"
    return name


def _labels(text):
    labels, at = {}, 0
    while at < len(text):
        found = _LABEL.match(text, at)
        assert found, f"no labels: {text!r}"
        assert found[1] not in labels, f"label twice: {text!r}"
        labels[found[1]] = re.sub(r"\\.", lambda match: _ESCAPED[match[0]], found[2])
        at = found.end()
    return labels


def _check_histogram(name, samples):
    series = {}
    for labels, value in samples.get(f"{name}_bucket", []):
        rest = {key: label for key, label in labels.items() if key != "le"}
        series.setdefault(tuple(sorted(rest.items())), []).append((labels["le"], value))
    for suffix in ("_sum", "_count"):
        told = [tuple(sorted(labels.items())) for labels, _value in samples.get(name + suffix, [])]
        assert sorted(told) == sorted(series), f"{name}{suffix} is not there for each series"
    for key, buckets in series.items():
        bounds = [float(bound) for bound, _value in buckets]
        values = [value for _bound, value in buckets]
        assert bounds == sorted(bounds) and bounds[-1] == float("inf"), f"buckets of {name}"
        assert values == sorted(values), f"{name} is not cumulative"
        assert (dict(key), values[-1]) in samples[f"{name}_count"], f"{name}_count"
