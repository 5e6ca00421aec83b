"""What belongs to a version of a policy changes only while the version is a draft."""

from contextlib import contextmanager

from odoo import api, models
from odoo.exceptions import UserError

DRAFT = "draft"
PUBLISHED = "published"
SUPERSEDED = "superseded"
# Who may change what is published: the engine, while it publishes or retires. It is an object of
# this process, compared by identity: nothing that a client sends can be it.
_ENGINE = object()
_KEY = "healthcare_ops_approvals.policy_engine"


@contextmanager
def as_engine(env):
    """Let published versions change within: their state, never what they say."""
    marks = env.cr.precommit.data
    outer = marks.get(_KEY)
    marks[_KEY] = _ENGINE
    try:
        yield
    finally:
        marks[_KEY] = outer


def is_engine(env):
    return env.cr.precommit.data.get(_KEY) is _ENGINE


class OpsApprovalPolicyPart(models.AbstractModel):
    """A row or a stage: part of one version, and as unchangeable as that once it is published.

    The superuser is refused, too, and so is whoever sets something in the context.
    """

    _name = "ops.approval.policy.part"
    _description = "Part of an Approval Policy"

    def _version(self):
        """The versions these belong to."""
        raise NotImplementedError

    def _parent_field(self):
        """Name of the field that says what it is part of."""
        raise NotImplementedError

    @api.model_create_multi
    def create(self, vals_list):
        parts = super().create(vals_list)
        parts._version()._check_changeable()
        parts._version()._note_editor()
        parts._check_author()
        return parts

    def write(self, vals):
        self._version()._check_changeable()
        parent = self._parent_field()
        if parent in vals and any(each[parent].id != vals[parent] for each in self):
            raise UserError(
                self.env._(
                    "“%s” stays where it is. Make a new one there instead.", self[:1].display_name
                )
            )
        result = super().write(vals)
        self._version()._note_editor()
        self._check_author()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_from_draft_only(self):
        versions = self._version()
        versions._check_changeable()
        versions._note_editor()

    def _check_author(self):
        """Whoever writes must be allowed to read what this asks of documents."""
