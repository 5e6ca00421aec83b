"""Whether the stages of a draft find people, as far as that can be known beforehand."""

from ...core.route import APPROVE, MODE_ALL, needed
from ...core.seats import reserve, unfilled
from .ops_approval_stage import (
    DEPARTMENT_HEAD,
    GROUP,
    SITE_MANAGER,
    SITE_MANAGERS,
    SITE_ROLE,
    USERS,
)
from .pools import Eligible

FIXED = (USERS, GROUP)
BLOCKS, WARNS, NOTES = "blocks", "warns", "notes"
# So many names of sites are told; of more it is said how many.
NAMES = 5


class StageChecks:
    """Findings about the stages of one version, in sudo and in the reader's language."""

    def __init__(self, version):
        self.env = version.env
        self._version = version
        self._eligible = Eligible(version.env)
        self._companies = version.policy_id.company_id

    def all(self, rows):
        """``(level, text)`` of whatever there is to know."""
        stages = self._version._stages()
        for row in rows.filtered(lambda each: each.outcome == APPROVE):
            pools = []
            for stage in stages.get(row, ()):
                if stage.approver_kind in FIXED:
                    able = self._able(row, stage)
                    pools.append((stage, able))
                    yield from self._fixed(row, stage, able)
                elif stage.approver_kind == SITE_ROLE:
                    yield from self._at_sites(row, stage)
                elif stage.approver_kind == DEPARTMENT_HEAD:
                    yield from self._department(row, stage)
                yield from self._other(row, stage)
            yield from self._apart(row, pools)

    def _where(self, row):
        """Where the people of the row have to be allowed: (company or none, site or none)."""
        return row.company_id or row.site_id.company_id or self._companies, row.site_id

    def _able(self, row, stage):
        company, site = self._where(row)
        pool = self._people(stage)
        return [user for user in pool if not self._eligible.why_not(user, company, site)]

    def _people(self, stage):
        if stage.approver_kind == USERS:
            return stage.user_ids
        return self._eligible.in_group(stage.group_id)

    def _fixed(self, row, stage, able):
        env = self.env
        company, site = self._where(row)
        if stage.approver_kind == USERS:
            for user in stage.user_ids:
                why = self._eligible.why_not(user, company, site)
                if why:
                    yield (
                        WARNS,
                        env._(
                            "%(stage)s: %(person)s %(why)s, and is not asked.",
                            stage=self._named(row, stage),
                            person=user.name,
                            why=why,
                        ),
                    )
        if not able:
            text = env._(
                "%(stage)s: nobody can be asked (%(who)s).",
                stage=self._named(row, stage),
                who=stage.who,
            )
            yield BLOCKS, text
            return
        wanted = needed(stage.mode, stage.quorum, len(able))
        if wanted > len(able):
            yield (
                BLOCKS,
                env._(
                    "%(stage)s needs %(wanted)s approvals, and only %(able)s may decide.",
                    stage=self._named(row, stage),
                    wanted=wanted,
                    able=len(able),
                ),
            )
        elif wanted == len(able) and stage.mode != MODE_ALL:
            names = ", ".join(user.name for user in able[:NAMES])
            text = env._(
                "%(stage)s cannot do without %(people)s: what these submit, make or change "
                "themselves cannot be approved there.",
                stage=self._named(row, stage),
                people=names,
            )
            yield NOTES, text

    def _apart(self, row, pools):
        """Stages that want other people than each other, and have too few."""
        apart = [(stage, able) for stage, able in pools if stage.distinct and able]
        counts = [needed(stage.mode, stage.quorum, len(able)) for stage, able in apart]
        people = [{user.id for user in able} for _stage, able in apart]
        if any(len(able) < count for able, count in zip(people, counts, strict=True)):
            return  # told already
        for index, users in reserve(people, counts).items():
            people[index] -= users.keys()
        missing = unfilled(people, counts)
        if missing is not None:
            yield (
                BLOCKS,
                self.env._(
                    "%s: there are too few people for all stages of the row, because nobody "
                    "decides in two of them.",
                    self._named(row, apart[missing][0]),
                ),
            )

    def _at_sites(self, row, stage):
        sites = self._sites(row)
        lacking = [site for site in sites if not self._has_someone(stage, site)]
        if lacking:
            names = ", ".join(site.display_name for site in lacking[:NAMES])
            if len(lacking) > NAMES:
                names = self.env._(
                    "%(names)s and %(count)s more", names=names, count=len(lacking) - NAMES
                )
            yield (
                WARNS,
                self.env._(
                    "%(stage)s: there is no “%(role)s” who may approve at %(sites)s. Documents "
                    "there cannot be submitted.",
                    stage=self._named(row, stage),
                    role=stage.who,
                    sites=names,
                ),
            )

    def _sites(self, row):
        domain = [("active", "=", True)]
        if row.site_id:
            domain.append(("id", "child_of", row.site_id.id))
        elif company := row.company_id or self._companies:
            domain.append(("company_id", "child_of", company.id))
        return self.env["ops.site"].sudo().search(domain)

    def _has_someone(self, stage, site):
        if stage.site_role == SITE_MANAGER:
            users = []
            above = site
            while above:
                users += above.manager_id
                above = above.parent_id
        else:
            role = "manager" if stage.site_role == SITE_MANAGERS else "approver"
            users = self._eligible.in_role(role)
        return any(not self._eligible.why_not(user, site.company_id, site) for user in users)

    def _department(self, row, stage):
        department = row.department_id
        company, site = self._where(row)
        heads = department._ops_managers() if department else ()
        if department and all(self._eligible.why_not(user, company, site) for user in heads):
            yield (
                WARNS,
                self.env._(
                    "%(stage)s: nobody who heads “%(department)s” or a department above it may "
                    "approve.",
                    stage=self._named(row, stage),
                    department=department.display_name,
                ),
            )

    def _other(self, row, stage):
        missing = stage._missing_field()
        if missing:
            yield BLOCKS, missing
        policy = stage.escalation_policy_id
        if policy and not policy.active:
            yield (
                WARNS,
                self.env._(
                    "%(stage)s: the escalation “%(policy)s” is switched off.",
                    stage=self._named(row, stage),
                    policy=policy.name,
                ),
            )

    def _named(self, row, stage):
        return self.env._("Row “%(row)s”, stage “%(stage)s”", row=row.name, stage=stage.name)
