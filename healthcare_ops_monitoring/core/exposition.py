"""Prometheus' text format, version 0.0.4: families of samples, as a scraper reads them.

See https://prometheus.io/docs/instrumenting/exposition_formats/.
"""

from dataclasses import dataclass, field

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
GAUGE, COUNTER, HISTOGRAM = "gauge", "counter", "histogram"


@dataclass
class Family:
    """Samples of one name.

    :param name: with the unit at its end, and ``_total`` of a counter
    :param kind: ``gauge``, ``counter`` or ``histogram``
    :param text: what it means, for people
    """

    name: str
    kind: str
    text: str
    samples: list = field(default_factory=list)

    def add(self, value, suffix="", **labels):
        """Add one sample. Labels with the value None are left out."""
        self.samples.append((self.name + suffix, labels, value))
        return self

    def add_histogram(self, bounds, counts, total, **labels):
        """Add the samples of a histogram.

        :param bounds: upper bounds (included) of the buckets but the last, ascending
        :param counts: how many observations fell into each bucket alone, one more than bounds
        :param total: the sum of all observations
        """
        running = 0
        for bound, count in zip([*map(_number, bounds), "+Inf"], counts, strict=True):
            running += count
            self.add(running, "_bucket", **labels, le=bound)
        self.add(total, "_sum", **labels)
        self.add(running, "_count", **labels)

    def lines(self):
        yield f"# HELP {self.name} {_escaped(self.text)}"
        yield f"# TYPE {self.name} {self.kind}"
        for name, labels, value in self.samples:
            written = ",".join(
                f'{key}="{_quoted(str(label))}"'
                for key, label in labels.items()
                if label is not None
            )
            yield f"{name}{{{written}}} {_number(value)}" if written else f"{name} {_number(value)}"


def exposition(families):
    r"""The text of some families.

    >>> family = Family("queue_depth", GAUGE, "What waits").add(3, lane='a "b"\n')
    >>> print(exposition([family]), end="")
    # HELP queue_depth What waits
    # TYPE queue_depth gauge
    queue_depth{lane="a \"b\"\n"} 3
    """
    return "".join(f"{line}\n" for family in families for line in family.lines())


def _number(value):
    """
    >>> _number(3), _number(3.0), _number(0.25)
    ('3', '3', '0.25')
    """
    value = float(value)
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)


def _escaped(text):
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _quoted(text):
    return _escaped(text).replace('"', '\\"')
