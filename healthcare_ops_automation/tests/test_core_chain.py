from dataclasses import replace
from datetime import datetime, timedelta

from odoo.tests import BaseCase, tagged

from ..core.chain import Anchor, ChainWalk, Seal
from ..core.digest import canonical_json, facts_digest, sha256_hex

START = datetime(2026, 3, 2, 8)


def chained(count):
    """A chain as the sealer makes it."""
    seals = []
    for number in range(1, count + 1):
        seal = Seal(
            sequence=number,
            company_id=3,
            res_model="ops.audit.entry",
            entry_id=100 + number,
            entry_digest=sha256_hex(str(number)),
            entry_at=START + timedelta(minutes=number),
            appended_at=START + timedelta(minutes=number),
            previous_hash=seals[-1].hash if seals else None,
            sealed_at=START + timedelta(minutes=number + 1),
        )
        seals.append(replace(seal, hash=seal.true_hash()))
    return seals


def found(seals, anchors=()):
    """``(sequence or None, kind)`` of what a walk finds."""
    walk = ChainWalk(list(anchors))
    each = [(seal.sequence, kind) for seal in seals for kind, _details in walk.follow(seal)]
    return each + [(None, kind) for kind, _details in walk.finish()]


@tagged("post_install", "-at_install")
class TestCoreChain(BaseCase):
    def test_digest_is_the_one_that_entries_have_always_had(self):
        at = datetime(2026, 3, 2, 8, 0, 5)
        facts = ["2026-03-02 08:00:05", 2, "Ada", None, None]
        self.assertEqual(facts_digest([at, 2, "Ada", False, ""]), sha256_hex(canonical_json(facts)))
        self.assertEqual(
            facts_digest([at, 2, "Ada", None, 0], {"delegation_id": 0, "label": False}),
            sha256_hex(canonical_json(facts)),
        )
        self.assertEqual(
            facts_digest([at, 2, "Ada", None, None], {"delegation_id": 7, "label": None}),
            sha256_hex(canonical_json([*facts, {"delegation_id": 7}])),
        )

    def test_whole_chain_is_found_whole(self):
        walk = ChainWalk()
        seals = chained(5)
        self.assertEqual([walk.follow(seal) for seal in seals], [[]] * 5)
        self.assertEqual((walk.finish(), walk.sequence, walk.hash), ([], 5, seals[-1].hash))

    def test_every_fact_of_a_seal_is_covered(self):
        first, second, third = chained(3)
        changes = {
            "company_id": 4,
            "res_model": "ops.approval.decision",
            "entry_id": 7,
            "entry_digest": sha256_hex("x"),
            "entry_at": START,
            "appended_at": None,
            "sealed_at": START,
            "hash": sha256_hex("y"),
        }
        for name, value in changes.items():
            changed = replace(second, **{name: value})
            self.assertIn((2, "seal_changed"), found([first, changed, third]), name)

    def test_seal_changed_with_its_hash_breaks_the_link_after_it(self):
        first, second, third = chained(3)
        changed = replace(second, entry_id=7)
        changed = replace(changed, hash=changed.true_hash())
        self.assertEqual(found([first, changed, third]), [(3, "link_broken")])

    def test_gaps_doubles_and_swapped_seals_are_located_once(self):
        first, second, third, fourth = chained(4)
        self.assertEqual(found([first, third, fourth]), [(3, "seal_missing")])
        self.assertEqual(found([second, third, fourth]), [(2, "seal_missing")])
        self.assertEqual(found([first, second, second, third, fourth]), [(2, "seal_inserted")])
        swapped = [first, replace(third, sequence=2), replace(second, sequence=3), fourth]
        self.assertEqual(
            {sequence for sequence, _kind in found(swapped)}, {2, 3, 4}, "all places are named"
        )

    def test_anchor_finds_a_cut_and_a_chain_worked_out_anew(self):
        seals = chained(6)
        anchors = [Anchor(2, seals[1].hash), Anchor(5, seals[4].hash)]
        self.assertEqual(found(seals, anchors), [])
        self.assertEqual(found(seals[:4], anchors), [(None, "cut")])
        self.assertEqual(found([], anchors), [(None, "cut"), (None, "cut")])
        anew = chained(6)[:3]
        for seal in seals[3:]:
            other = replace(seal, entry_digest=sha256_hex("other"), previous_hash=anew[-1].hash)
            anew.append(replace(other, hash=other.true_hash()))
        self.assertEqual(found(anew, anchors), [(5, "rewritten")])
        walk = ChainWalk(anchors)
        details = [each for seal in anew for _kind, each in walk.follow(seal)]
        self.assertEqual([(each["first"], each["last"]) for each in details], [(3, 5)])

    def test_anchor_in_a_gap_is_not_taken_for_true(self):
        seals = chained(4)
        anchors = [Anchor(2, seals[1].hash)]
        gap = [seals[0], *seals[2:]]
        self.assertEqual(found(gap, anchors), [(3, "seal_missing"), (None, "rewritten")])
