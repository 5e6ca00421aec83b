from odoo import models
from odoo.exceptions import UserError

from odoo.addons.healthcare_ops_automation.models.domains import parse_domain


class OpsRequest(models.Model):
    """What keeps a request from being submitted, all of it at once."""

    _inherit = "ops.request"

    def _approval_check_submittable(self):
        problems = {}
        for request in self:
            told = [*request._misplaced(), *request._missing_sentences()]
            if told:
                problems[request.id] = " ".join(told)
        return problems

    def _missing_sentences(self):
        missing = self._missing()
        if not missing:
            return []
        return [self.env._("please give: %s.", ", ".join(missing))]

    def _missing(self):
        """What the kind requires and the request does not say, in words, in the form's order."""
        self.ensure_one()
        kind = self.sudo().category_id  # sudo: what the kind asks for is no secret
        given = {
            "description": ("description", bool((self.description or "").strip())),
            "person": ("person_id", bool(self.person_id)),
            "subject": ("subject_id", bool(self.subject_id)),
            "amount": ("amount", self.amount > 0),
            "quantity": ("quantity", self.quantity > 0),
        }
        missing = [] if (self.title or "").strip() else [self._label_of("title")]
        for name, (field, is_given) in given.items():
            if kind._requires(name) and not is_given:
                missing.append(self._label_of(field))
        if kind._requires("period"):
            missing += [self._label_of(name) for name in ("date_from", "date_to") if not self[name]]
        for answer in self._answers():
            question = answer["question"]
            if question.required and not question._is_answered(answer["value"]):
                missing.append(f"“{question.name}”")
        attached = self._approval_counted_lines("document_ids").kind_id
        for document in kind.document_ids.filtered("required") - attached:
            missing.append(self.env._("“%s” as a document", document.name))
        return missing

    def _misplaced(self):
        """Sentences about what is given and is not asked for, or not to be chosen."""
        self.ensure_one()
        try:
            self.category_id._check_may_ask(self.company_id, self.site_id)
        except UserError as error:
            return [str(error)]
        kind = self.sudo().category_id  # sudo: as above
        fields_of = {
            "amount": ["amount"],
            "quantity": ["quantity"],
            "period": ["date_from", "date_to"],
            "person": ["person_id"],
            "subject": ["subject_id"],
            "description": ["description"],
        }
        extra = [
            self._label_of(field)
            for name, names in fields_of.items()
            for field in names
            if not kind._asks(name) and self[field]
        ]
        told = []
        if extra:
            told.append(
                self.env._(
                    "“%(kind)s” does not ask for: %(fields)s. Take that out.",
                    kind=kind.name,
                    fields=", ".join(extra),
                )
            )
        told += [
            self.env._("“%s”: give an answer of the kind that is asked for.", question.name)
            for question in (answer["question"] for answer in self._answers() if _is_unfit(answer))
        ]
        problem = self._subject_problem()
        return told + ([problem] if problem else [])

    def _label_of(self, name):
        kind = self.sudo().category_id  # sudo: as above
        if name == "quantity" and kind.quantity_label:
            return kind.quantity_label
        return self._fields[name]._description_string(self.env)

    # -- the record it is about -----------------------------------------------------------------

    def _subject(self):
        """The record it is about, with the rights of these records; may be empty."""
        self.ensure_one()
        known = self.subject_model and self.subject_model in self.env
        return (
            self.env[self.subject_model].browse(self.subject_id or ()) if known else self.browse()
        )

    def _subject_problem(self):
        """Why the record cannot be what the request is about, or None.

        Its name is shown to those who decide: it has to be one that the requester may read.
        """
        self.ensure_one()
        if not self.subject_id:
            return None
        label = self._label_of("subject_id")
        kind = self.sudo().category_id  # sudo: the filter holds, whoever reads it
        if self.subject_model != kind.subject_model:
            # The kind was changed since: its filter is none for this record.
            return self.env._(
                "%(label)s: “%(kind)s” is about records of another kind. Make a new request.",
                label=label,
                kind=kind.name,
            )
        asking = self.sudo().requester_id if self.env.su else self.env.user
        subject = self._subject().with_user(asking)
        if not subject or not subject.exists() or not subject.has_access("read"):
            return self.env._("%s: choose a record that you may read.", label)
        domain = parse_domain(self.env, kind.subject_domain, label)
        if not subject.sudo().filtered_domain(domain):  # sudo: compared, not shown
            return self.env._(
                "%(label)s: “%(record)s” is none of those that “%(kind)s” can be about.",
                label=label,
                record=subject.display_name,
                kind=kind.name,
            )
        return None


def _is_unfit(answer):
    question, value = answer["question"], answer["value"]
    return question._is_answered(value) and not question._is_fit(value)
