from uuid import uuid4

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

KINDS = [
    ("char", "A line of text"),
    ("text", "Text"),
    ("integer", "Whole number"),
    ("float", "Number"),
    ("date", "Date"),
    ("boolean", "Box to tick"),
    ("selection", "One of a list"),
]
CHOICE, TICK = "selection", "boolean"


class OpsRequestCategoryQuestion(models.Model):
    """What a kind of request asks besides the fields that each has.

    How it works: questions become Odoo's own properties of requests, so that answers can be
    filtered, grouped and exported like any field. Only the questions say what these are.
    """

    _name = "ops.request.category.question"
    _description = "Question of a Kind of Request"
    _order = "category_id, sequence, id"

    category_id = fields.Many2one(
        "ops.request.category", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(string="Question", required=True, translate=True)
    kind = fields.Selection(KINDS, string="Answer", required=True, default="char")
    choices = fields.Text(help="One a line.")
    required = fields.Boolean(
        string="Has to be answered", help="A box has to be ticked: use it for confirmations."
    )
    hint = fields.Char(translate=True, help="Shown with the question.")
    active = fields.Boolean(default=True)
    property_name = fields.Char(
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: uuid4().hex[:16],
        help="Under which name requests keep the answer.",
    )

    @api.constrains("kind", "choices")
    def _check_choices(self):
        for question in self:
            choices = question._choices()
            if question.kind == CHOICE and len(choices) < 2:
                raise ValidationError(
                    self.env._("Choices: give at least two for “%s”, one a line.", question.name)
                )
            if len(set(choices)) < len(choices):
                raise ValidationError(
                    self.env._("Choices: one of those for “%s” stands there twice.", question.name)
                )

    def _choices(self):
        lines = (self.choices or "").splitlines()
        return [line.strip() for line in lines if line.strip()]

    def _as_property(self):
        """The question as Odoo's property of a request."""
        self.ensure_one()
        definition = {"name": self.property_name, "string": self.name, "type": self.kind}
        if self.kind == CHOICE:
            definition["selection"] = [[choice, choice] for choice in self._choices()]
        return definition

    def _is_answered(self, value):
        """Whether ``value`` is an answer: zero is one, an empty text and an empty box are none."""
        given = value.strip() if isinstance(value, str) else value
        return given is not None and given is not False and given != ""

    def _is_fit(self, value):
        """Whether an answer is of the kind that is asked for: Odoo keeps numbers and days of its
        properties as they were sent."""
        if self.kind in ("integer", "float"):
            kinds = int if self.kind == "integer" else (int, float)
            return isinstance(value, kinds) and not isinstance(value, bool)
        if self.kind == "date":
            try:
                return bool(fields.Date.to_date(value))
            except (ValueError, TypeError):
                return False
        return True

    # -- changes --------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals.pop("property_name", None)
        questions = super().create(vals_list)
        questions.category_id._define_questions()
        return questions

    def write(self, vals):
        vals = {name: value for name, value in vals.items() if name != "property_name"}
        self._check_same_kind(vals)
        categories = self.category_id
        result = super().write(vals)
        (categories | self.category_id)._define_questions()
        return result

    def unlink(self):
        categories = self.category_id
        result = super().unlink()
        categories.exists()._define_questions()
        return result

    def _check_same_kind(self, vals):
        """Answers that were given are of the kind they were asked for."""
        for question in self:
            other = any(
                name in vals
                and question._fields[name].convert_to_write(question[name], question) != vals[name]
                for name in ("kind", "category_id")
            )
            if other and question._is_in_use():
                raise UserError(
                    self.env._(
                        "Answer: “%s” was asked in requests already. Archive it, and add another "
                        "question instead.",
                        question.name,
                    )
                )

    def _is_in_use(self):
        # sudo: whether there are any, not which
        requests = self.env["ops.request"].sudo()
        return bool(requests.search_count([("category_id", "=", self.category_id.id)], limit=1))

    @api.ondelete(at_uninstall=False)
    def _unlink_never_asked(self):
        for question in self:
            if question._is_in_use():
                raise UserError(
                    self.env._(
                        "“%s” was asked in requests already. Archive it instead: it is not asked "
                        "any more then.",
                        question.name,
                    )
                )
