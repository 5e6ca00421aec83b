from odoo import api, fields, models

from odoo.addons.healthcare_ops_automation.models.time.resource_calendar import WorkingTimes

from ...core.fingerprint import fingerprint

SUBMITTED = "approval.request.submitted"
APPROVED = "approval.request.approved"


class OpsApprovalRequest(models.Model):
    """Opening requests, in bulk: a handful of statements, however many documents."""

    _inherit = "ops.approval.request"

    @api.model
    def _open_asked(self, version, documents, routes, plans, contents):
        """Open requests that people have to decide.

        :param version: the published version of the policy
        :param documents: as the engine reads them
        :param list routes: one :class:`~core.route.Route` a document
        :param list plans: one list of :class:`~core.route.StagePlan` a document
        :param list contents: one content a document
        :return: the requests, in order
        """
        rows = self._rows(version, documents, routes, contents)
        for row, plan in zip(rows, plans, strict=True):
            row["state"] = "pending"
            row["rules"]["stages"] = [_rule(stage) for stage in plan]
        requests = self._keep_new(rows)
        stages = requests._plan_stages(plans, WorkingTimes())
        documents._approval_log(
            {
                request.res_id: self.env._(
                    "Submitted for approval: %(request)s, %(row)s.",
                    request=request.name,
                    row=request.row_label,
                )
                for request in requests
            }
        )
        requests._emit(SUBMITTED)
        stages._tell_opened()
        documents.invalidate_model(["approval_request_id", "approval_state"])
        return requests

    @api.model
    def _open_free(self, version, documents, routes, contents):
        """Keep that nobody has to approve these documents: what later changes are measured
        against."""
        rows = self._rows(version, documents, routes, contents)
        now = fields.Datetime.now()
        for row in rows:
            row |= {"state": "approved", "decided_at": now}
        requests = self._keep_new(rows)
        documents.invalidate_model(["approval_request_id", "approval_state"])
        return requests

    @api.model
    def _open_before_policy(self, version, documents, contents):
        """Keep what was confirmed before the policy, as it was before it is changed."""
        sentence = self.env._(
            "It was confirmed before the policy; what it was then is the measure."
        )
        rows = self._facts_of(version, documents, contents)
        now = fields.Datetime.now()
        for row in rows:
            row |= {
                "state": "approved",
                "decided_at": now,
                "executed_at": now,
                "row_label": self.env._("Confirmed before the policy"),
                "explanation": [sentence],
                "rate": 1.0,
            }
        for row, document in zip(rows, documents, strict=True):
            currency = self.env["res.currency"].browse(row["currency_id"])
            company, _site = document._ops_place()[0]
            row["rate"] = self.env["res.currency"]._get_conversion_rate(
                currency, version.currency_id, company, fields.Date.today()
            )
        return self._keep_new(rows)

    def _rows(self, version, documents, routes, contents):
        rows = self._facts_of(version, documents, contents)
        for row, route in zip(rows, routes, strict=True):
            row |= self._route_facts(route)
        return rows

    @api.model
    def _route_facts(self, route):
        return {
            "row_id": route.row_id or 0,
            "row_label": route.row_label,
            "amount": route.amount,
            "rate": route.rate,
            "rate_date": route.rate_date,
            "explanation": list(route.reasons),
        }

    def _facts_of(self, version, documents, contents):
        """Values of new requests that do not depend on the route."""
        names = self._next_names(len(documents))
        former = documents._approval_latest()
        now = fields.Datetime.now()
        rules = {
            "tolerance_percent": version.tolerance_percent,
            "tolerance_amount": version.tolerance_amount,
            "confirm": version.confirm_on_approval,
            "version_number": version.number,
            "stages": [],
        }
        policy = self.env._(
            "%(policy)s, version %(number)s", policy=version.policy_id.name, number=version.number
        )
        rows = []
        places = documents._ops_place()
        for document, place, name, content in zip(documents, places, names, contents, strict=True):
            company, site = place
            previous = former.get(document.id)
            rows.append(
                {
                    "name": name,
                    "res_model": document._name,
                    "res_id": document.id,
                    "res_name": document.display_name,
                    "company_id": company.id,
                    "site_id": site.id,
                    "version_id": version.id,
                    "policy_label": policy,
                    "policy_currency_id": version.currency_id.id,
                    "rules": dict(rules),
                    "requester_id": self.env.uid,
                    "creator_id": document.create_uid.id,
                    "editor_id": document.approval_editor_id.id,
                    "currency_id": content["currency"],
                    "document_amount": content["amount"],
                    "baseline_amount": content["amount"],
                    "fingerprint": fingerprint(content),
                    "content": content,
                    "summary": document._approval_summary(),
                    "submitted_at": now,
                    "previous_id": previous.id if previous else False,
                    "round_number": self._round_after(previous),
                }
            )
        return rows

    @api.model
    def _round_after(self, previous):
        """Being sent back, rejected or withdrawn and submitted again is another round."""
        again = previous and previous.state in ("rejected", "returned", "withdrawn", "superseded")
        return previous.round_number + 1 if again else 1


def _rule(stage):
    return {
        "step": stage.step,
        "name": stage.name,
        "who": stage.who,
        "mode": stage.mode,
        "quorum": stage.needed,
        "due_hours": stage.due_hours,
        "ask_pauses": stage.ask_pauses,
        "distinct": stage.distinct,
    }
