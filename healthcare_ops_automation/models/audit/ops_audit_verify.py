import json
import time
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...core.chain import ChainWalk
from ...core.digest import facts_digest
from .look import KEPT_MOST, Gone, Look
from .ops_audit_findings import (
    ENTRY_BACKDATED,
    ENTRY_CHANGED,
    ENTRY_INSERTED,
    ENTRY_PURGED_EARLY,
    ENTRY_REMOVED,
    ENTRY_REWRITTEN,
)
from .ops_audit_purge import KEPT_ACTIONS

BATCH = 2000
# The clocks of the servers and of the database may differ, and an entry is written after its
# time was taken.
BACKDATED_SECONDS = 3600
# Seals come within a minute; after so many the sealer stands still.
BEHIND_MINUTES = 10


class OpsAuditVerification(models.Model):
    """Verifying: the chain is followed from its first seal, and what it seals is compared, in
    batches, with as much memory for a million entries as for a thousand.

    It reads tables as they are, not through records: one snapshot of the database, whoever
    asks. What it finds names records and no content.
    """

    _inherit = "ops.audit.verification"

    @api.model
    def _verify(self, company_ids=None, given=None):
        """Verify chains and keep the results.

        :param company_ids: root companies whose chains to verify, 0 for what belongs to none;
            by default all there are
        :param dict given: ``{root company id: [Anchor]}`` that the caller kept elsewhere
        :return: one verification for each chain
        """
        if company_ids is None:
            company_ids = self._chains()
        anchors = self._anchors()
        for company_id, more in (given or {}).items():
            anchors.setdefault(company_id, []).extend(more)
        names = self.env["ops.audit.seal"]._chain_names(company_ids)
        gone = self._gone()
        verifications = self.browse()
        for company_id in company_ids:
            start = time.monotonic()
            walk = ChainWalk(anchors.get(company_id, []))
            look = self._look(company_id, walk, gone)
            took = int((time.monotonic() - start) * 1000)
            verifications += self._keep_result(look, walk, names[company_id], took)
        return verifications

    @api.model
    def _chains(self):
        """Root companies that have, or once had, something to verify."""
        roots = self.env["ops.audit.seal"]._roots()
        tables = ["ops_audit_seal", "ops_audit_unsealed"]
        tables += [self.env[name]._table for name in self._tables("ops.append.only")]
        rows = self.env.execute_query(
            SQL(" UNION ").join(
                SQL("SELECT COALESCE(company_id, 0) FROM %s", SQL.identifier(table))
                for table in tables
            )
        )
        found = {roots.get(company_id, company_id) for (company_id,) in rows}
        return sorted(found | self._anchors().keys())

    @api.model
    def _look(self, company_id, walk, gone):
        """Follow one chain and compare what it seals, then what it should seal."""
        look = Look(company_id)
        loaded = set(self._tables("ops.append.only"))
        for seals in self._seal_batches(company_id):
            rows = self._entry_rows((seal.res_model, seal.entry_id) for seal in seals)
            for seal in seals:
                about = {"res_model": seal.res_model, "res_id": seal.entry_id}
                about |= {"at": seal.entry_at, "sequence": seal.sequence}
                for kind, details in walk.follow(seal):
                    look.add(kind, **about, **details)
                row = rows.get((seal.res_model, seal.entry_id))
                if row:
                    look.entry_count += 1
                    for kind, details in self._compare(seal, *row):
                        look.add(kind, **about, **details)
                elif due := gone.due(seal):
                    look.purged_count += 1
                elif due is None and seal.res_model not in loaded:
                    look.absent_count += 1
                else:
                    look.add(ENTRY_REMOVED if due is None else ENTRY_PURGED_EARLY, **about)
        for kind, details in walk.finish():
            look.add(kind, **details)
        self._look_at_unsealed(look)
        self._look_for_inserted(look)
        return look

    @api.model
    def _seal_batches(self, company_id):
        """The seals of a chain in its order; two at one place come one after the other."""
        seals = self.env["ops.audit.seal"]
        sequence, last = 0, 0
        while rows := seals._rows(
            SQL("company_id = %s AND (sequence, id) > (%s, %s)", company_id, sequence, last),
            SQL("sequence, id"),
            BATCH,
        ):
            yield [seal for _id, seal in rows]
            sequence, last = rows[-1][1].sequence, rows[-1][0]

    @api.model
    def _entry_rows(self, keys):
        """Entries as they stand in their tables.

        :param keys: ``(model, id)`` pairs
        :return: ``{(model, id): (digest stored, digest of the facts)}`` of those there are
        """
        wanted = {}
        for model_name, entry_id in keys:
            wanted.setdefault(model_name, []).append(entry_id)
        found = {}
        for model_name in wanted.keys() & set(self._tables("ops.append.only")):
            model = self.env[model_name]
            names, later = model._append_facts, model._append_later_facts
            rows = self.env.execute_query(
                SQL(
                    "SELECT id, digest, %s FROM %s WHERE id = ANY(%s)",
                    SQL(", ").join(map(SQL.identifier, (*names, *later))),
                    SQL.identifier(model._table),
                    wanted[model_name],
                )
            )
            for entry_id, digest, *facts in rows:
                given = dict(zip(later, facts[len(names) :], strict=True))
                true = facts_digest(facts[: len(names)], given)
                found[model_name, entry_id] = (digest, true)
        return found

    @api.model
    def _compare(self, sealed, digest, true_digest):
        """What is wrong with an entry, seen from its seal."""
        if digest != true_digest:
            yield ENTRY_CHANGED, {}
        elif digest != sealed.entry_digest:
            yield ENTRY_REWRITTEN, {}
        if sealed.appended_at:
            apart = abs((sealed.appended_at - sealed.entry_at).total_seconds())
            if apart > BACKDATED_SECONDS:
                appended = fields.Datetime.to_string(sealed.appended_at)
                yield ENTRY_BACKDATED, {"appended_at": appended}

    @api.model
    def _look_at_unsealed(self, look):
        """What waits for its seal must be there as it was when it was appended."""
        last = 0
        while rows := self.env.execute_query(
            SQL(
                """SELECT id, res_model, entry_id, entry_digest, entry_at, appended_at
                     FROM ops_audit_unsealed WHERE %s AND id > %s ORDER BY id LIMIT %s""",
                self._of_chain(look.company_id),
                last,
                BATCH,
            )
        ):
            there = self._entry_rows((row[1], row[2]) for row in rows)
            for _id, res_model, entry_id, entry_digest, at, appended_at in rows:
                look.unsealed_count += 1
                look.unsealed_since = look.unsealed_since or appended_at or at
                about = {"res_model": res_model, "res_id": entry_id, "at": at}
                digest, true = there.get((res_model, entry_id), (None, None))
                if digest is None:
                    look.add(ENTRY_REMOVED, **about)
                elif digest != true:
                    look.add(ENTRY_CHANGED, **about)
                elif digest != entry_digest:
                    look.add(ENTRY_REWRITTEN, **about)
            last = rows[-1][0]

    @api.model
    def _look_for_inserted(self, look):
        """Entries without a seal that wait for none."""
        for model_name in self._tables("ops.append.only"):
            rows = self.env.execute_query(
                SQL(
                    """SELECT entry.id, entry.at, count(*) OVER ()
                         FROM %s entry
                        WHERE %s
                          AND NOT EXISTS (SELECT FROM ops_audit_seal seal
                                WHERE seal.res_model = %s AND seal.entry_id = entry.id)
                          AND NOT EXISTS (SELECT FROM ops_audit_unsealed waiting
                                WHERE waiting.res_model = %s AND waiting.entry_id = entry.id)
                        ORDER BY entry.id LIMIT %s""",
                    SQL.identifier(self.env[model_name]._table),
                    self._of_chain(look.company_id),
                    model_name,
                    model_name,
                    KEPT_MOST,
                )
            )
            for entry_id, at, _count in rows:
                look.add(ENTRY_INSERTED, res_model=model_name, res_id=entry_id, at=at)
            if rows:
                look.finding_count += rows[0][2] - len(rows)

    @api.model
    def _of_chain(self, company_id):
        """SQL: rows whose ``company_id`` is one of this chain."""
        roots = self.env["ops.audit.seal"]._roots()
        companies = [each for each, root in roots.items() if root == company_id]
        return SQL("COALESCE(company_id, 0) = ANY(%s)", [company_id, *companies])

    @api.model
    def _gone(self):
        """What purges and removed modules took away, by entries that are true themselves."""
        rows = self.env.execute_query(
            SQL(
                """SELECT entry.id, entry.at, entry.action, entry.details,
                          COALESCE(seal.entry_digest, waiting.entry_digest)
                     FROM ops_audit_entry entry
                     LEFT JOIN ops_audit_seal seal
                            ON seal.res_model = 'ops.audit.entry' AND seal.entry_id = entry.id
                     LEFT JOIN ops_audit_unsealed waiting
                            ON waiting.res_model = 'ops.audit.entry'
                           AND waiting.entry_id = entry.id
                    WHERE entry.action = ANY(%s)""",
                list(KEPT_ACTIONS),
            )
        )
        digests = self._entry_rows(("ops.audit.entry", row[0]) for row in rows)
        gone = Gone()
        for entry_id, at, action, details, noted in rows:
            stored, true = digests["ops.audit.entry", entry_id]
            if noted == stored == true:
                gone.take(at, action, json.loads(details or "{}"))
        return gone.ready()

    @api.model
    def _is_behind(self, now, since):
        return bool(since and since < now - timedelta(minutes=BEHIND_MINUTES))

    @api.model
    def _keep_result(self, look, walk, chain, took):
        """Write down what was seen."""
        now = fields.Datetime.now()
        behind = self._is_behind(now, look.unsealed_since)
        user = self.env.user
        facts = {
            "at": now,
            "actor_id": user.id,
            "actor_label": f"{user.name} ({user.login})",
            "company_id": look.company_id,
            "chain": chain,
            "result": "found" if look.finding_count else "behind" if behind else "clean",
            "head_sequence": walk.sequence,
            "head_hash": walk.hash or False,
            "head_at": walk.sealed_at or False,
            "entry_count": look.entry_count,
            "purged_count": look.purged_count,
            "absent_count": look.absent_count,
            "unsealed_count": look.unsealed_count,
            "unsealed_since": look.unsealed_since and look.unsealed_since.replace(microsecond=0),
            "anchor_count": walk.compared,
            "anchored_to": walk.anchored,
            "finding_count": look.finding_count,
            "findings": json.dumps(look.findings, sort_keys=True) if look.findings else False,
            "duration_ms": took,
        }
        # sudo: nobody may create these; the caller is private, and the actor is who asked
        engine = self.sudo()._ops_engine()
        verification = engine.create({**facts, "digest": self._digest(facts)})
        verification._tell()
        return verification.with_env(self.env)
