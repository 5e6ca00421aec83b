"""How large the campaign of callbacks is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """Counts of one campaign; 20,000 in all."""

    anything: int = 12_000  # whatever can be wrong with a request
    bodies: int = 4_000  # signed and sent as it should be, with any body
    schema: int = 2_600  # from the OpenAPI document
    same: int = 44  # messages that all senders send at once
    different: int = 44  # times that all senders send different messages about one record at once
    senders: int = 16
    shards: int = 3  # of what hypothesis makes, at the same time
    seed: int = 1

    @property
    def total(self) -> int:
        at_once = (self.same + self.different) * self.senders
        return self.anything + self.bodies + self.schema + at_once


SMALL = Plan(anything=160, bodies=100, schema=60, same=3, different=1, shards=2)
