"""Rules of approval requests know who stands in for whom.

Rules are written once, at installation, so that an administrator may narrow them. Those that are
still as they were shipped get their new domain; one that was changed stays, and the log names it.
"""

import logging

from odoo import SUPERUSER_ID, api

_logger = logging.getLogger(__name__)

_RULES = {
    "rule_ops_approval_request_own": "",
    "rule_ops_approval_request_stage_own": "request_id.",
    "rule_ops_approval_assignment_own": "request_id.",
}
_BEFORE = "['|', ('{0}requester_id', '=', user.id), ('{0}assignment_ids.user_id', '=', user.id)]"
_NOW = (
    "['|', '|', ('{0}requester_id', '=', user.id), ('{0}handler_id', '=', user.id), "
    "('{0}asks_me', '=', True)]"
)


def migrate(cr, version):
    """Give the rules as shipped with 19.0.1.0.0 their domain of this version."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    for name, path in _RULES.items():
        rule = env.ref(f"healthcare_ops_approvals.{name}", raise_if_not_found=False)
        if not rule:
            continue
        if rule.domain_force == _BEFORE.format(path):
            rule.domain_force = _NOW.format(path)
        elif rule.domain_force != _NOW.format(path):
            _logger.info(
                "The rule %s was changed here and stays as it is. Add ('%sasks_me', '=', True) to "
                "it, or people who stand in for others do not see what they may decide.",
                rule.name,
                path,
            )
