from odoo import models
from odoo.tools import SQL, format_date

from ..gate.ops_approval_mixin import LineSpec


class OpsRequest(models.Model):
    """What of a request is approved: all that it says, its answers and its documents.

    No change is measured: a request that is under way is not changed at all, so whatever differs,
    differs in a way nobody has approved.
    """

    _inherit = "ops.request"

    _approval_amount_field = "amount"
    _approval_category_model = "ops.request.category"
    _approval_category_by_part = False
    _approval_identity_fields = (
        "category_id",
        "company_id",
        "site_id",
        "department_id",
        "requester_id",
        "title",
        "description",
        "currency_id",
        "amount",
        "quantity",
        "date_from",
        "date_to",
        "person_id",
        "subject_model",
        "subject_id",
        "subject_label",
        "answers",
    )
    _approval_lines = {
        "document_ids": LineSpec(identity=("name", "kind_id", "filename", "checksum"))
    }

    def _approval_material_names(self):
        return super()._approval_material_names() | {"properties", "document_ids"}

    def _approval_contents(self):
        contents = super()._approval_contents()
        stored = self._stored_properties()
        for request, content in zip(self, contents, strict=True):
            content["identity"]["properties"] = stored.get(request.id)
        return contents

    def _stored_properties(self):
        """{id: answers as they are stored}: reading them as a field would leave out what is not
        asked any more."""
        self.flush_model(["properties"])
        return dict(
            self.env.execute_query(
                SQL("SELECT id, properties FROM ops_request WHERE id = ANY(%s)", list(self.ids))
            )
        )

    def _approval_counted_lines(self, name):
        return self[name].filtered("checksum")  # the others are places that were left empty

    def _approval_categories(self):
        # sudo: the kind decides the way, whoever looks
        return [[request.category_id] for request in self.sudo()]

    def _approval_department(self):
        return [request.department_id for request in self.sudo()]  # sudo: as above

    def _approval_summary(self):
        """Who is asked reads what the requester said: in words, in this order."""
        self.ensure_one()
        kind = self.category_id
        names = ["category_id", "title", "requester_id", "site_id", "department_id"]
        names += ["description"] if self.description else []
        if kind._asks("person") and self.person_id:
            names.append("person_id")
        if kind._asks("amount"):
            names.append("amount")
        rows = self._approval_summary_of(names)
        if kind._asks("quantity") and self.quantity:
            label = kind.quantity_label or self._fields["quantity"]._description_string(self.env)
            rows.append({"label": label, "value": f"{self.quantity:g}"})
        if kind._asks("period"):
            rows += self._approval_summary_of(("date_from", "date_to"))
        if self.subject_label:
            label = self._fields["subject_id"]._description_string(self.env)
            rows.append({"label": label, "value": self.subject_label})
        rows += self.answers or []
        attached = self._approval_counted_lines("document_ids")
        if attached:
            label = self._fields["document_ids"]._description_string(self.env)
            named = [f"{each.name} ({each.filename})" for each in attached]
            rows.append({"label": label, "value": ", ".join(named)})
        return rows

    # -- what was said, as it stood -------------------------------------------------------------

    def _keep_what_was_said(self):
        """Take down questions, answers and the name of the record as they stand now: labels and
        choices of a kind may change, what was asked then may not."""
        for request in self:
            request.write(
                {
                    "answers": request._answers_in_words(),
                    "subject_label": request._subject().display_name or False,
                }
            )

    def _answers_in_words(self):
        """``[{"label", "value"}]`` of the questions that were answered."""
        self.ensure_one()
        rows = []
        for answer in self._answers():
            if answer["question"]._is_answered(answer["value"]):
                value = self._answer_in_words(answer["question"], answer["value"])
                rows.append({"label": answer["question"].name, "value": value})
        return rows or False

    def _answers(self):
        """``[{"question", "value"}]`` for each question of the kind, in order."""
        self.ensure_one()
        [read] = self.read(["properties"])
        values = {each["name"]: each.get("value") for each in read["properties"] or ()}
        questions = self.sudo().category_id.question_ids  # sudo: what the kind asks is no secret
        return [
            {"question": question, "value": values.get(question.property_name)}
            for question in questions
        ]

    def _answer_in_words(self, question, value):
        if question.kind == "boolean":
            return self.env._("Yes")
        if question.kind == "date":
            return format_date(self.env, value)
        if question.kind in ("integer", "float"):
            return f"{value:g}"
        return str(value)
