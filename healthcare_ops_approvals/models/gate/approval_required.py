from odoo.exceptions import UserError


class ApprovalRequired(UserError):
    """A gated move without the approval that it needs; the message says which one is missing,
    and what to do about it."""
