"""The people of a stage, for one document after the other: looked up once for each place."""

from .ops_approval_policy_version_route import departments_of
from .ops_approval_stage import (
    DEPARTMENT_HEAD,
    GROUP,
    RECORD_FIELD,
    REQUESTER_MANAGER,
    SITE_MANAGER,
    SITE_MANAGERS,
    SITE_ROLE,
    USERS,
)

GROUP_OF_ROLE = "healthcare_ops_automation.group_ops_%s"
# Who has to climb further than this for a manager has no manager.
CLIMB = 12


class Members:
    """Who is asked in a stage, and who of them is not, and why."""

    def __init__(self, label, users):
        self.label = label
        self.users = users  # names, by id, of everybody thought of
        self.user_ids = []
        self.excluded = {}
        self.problem = None

    def exclude(self, user_id, reason):
        if user_id in self.user_ids:
            self.user_ids.remove(user_id)
        self.excluded.setdefault(user_id, reason)

    def why_nobody(self):
        return [f"{self.users.get(each, each)} {why}" for each, why in self.excluded.items()]


class Eligible:
    """Who may approve at all, and where: each person and place is looked at once."""

    def __init__(self, env):
        self.env = env
        self._known = {}
        self._in_role = {}
        self._approvers = None

    def why_not(self, user, company, site):
        """Why a user cannot be asked there, in words; None when nothing is against it.

        :param company: one ``res.company``, or none for anywhere
        :param site: one ``ops.site`` or none
        """
        key = user.id, company.id, site.id
        if key not in self._known:
            self._known[key] = self._why_not(user, company, site)
        return self._known[key]

    def _why_not(self, user, company, site):
        env = self.env
        if not user.active:
            return env._("is archived")
        if user.share or user.id not in self._approver_ids():
            return env._("does not hold the role Approver")
        if company and company not in user.company_ids:
            return env._("may not enter %s", company.name)
        if not env["ops.site"]._ops_can_act(user, site):
            return env._("does not work at %s", site.name)
        return None

    def _approver_ids(self):
        """Who holds one of the roles that decide."""
        if self._approvers is None:
            self._approvers = {*self.in_role("approver")._ids, *self.in_role("manager")._ids}
        return self._approvers

    def in_role(self, role):
        """Everybody who holds an operations role."""
        if role not in self._in_role:
            self._in_role[role] = self.in_group(self.env.ref(GROUP_OF_ROLE % role))
        return self._in_role[role]

    def in_group(self, group):
        """Who is in a group, active people only."""
        # sudo: who may be asked; what leaves are names and reasons
        users = self.env["res.users"].sudo().with_context(active_test=True)
        return users.search([("all_group_ids", "in", group.ids)], order="id")

    def line_above(self, user, site):
        """The manager of a user, the manager's manager, and so on, whether they may act or not.

        :return: ``res.users`` in sudo, nearest first
        """
        found = []
        Site = self.env["ops.site"]
        while user and len(found) < CLIMB:
            user = Site._ops_line_manager(user, site)
            if not user or user.id in found:
                break
            found.append(user.id)
        # sudo: who may be asked, and may they act; what leaves are names and reasons
        return self.env["res.users"].sudo().browse(found)

    def site_managers(self, site):
        """The manager of a site, of the site above it, and so on, nearest first."""
        users, site = [], site.sudo()  # sudo: only who manages it
        while site:
            users += site.manager_id.ids
            site = site.parent_id
        # sudo: as above
        return self.env["res.users"].sudo().browse(dict.fromkeys(users))


class Pools:
    """Resolves stages to people.

    :param version: the version, in sudo and in the language of whoever reads the reasons
    :param documents: all that will be asked about
    :param requesters: who submits each of them
    :param routes: the :class:`~core.route.Route` of each of them
    """

    def __init__(self, version, documents, requesters, routes):
        self.env = version.env
        self._records = documents = version._as_engine(documents)
        self._documents = {document.id: document for document in documents}
        self._places = dict(zip(documents._ids, documents._ops_place(), strict=True))
        self._requesters = {
            document.id: self._users(user.ids)
            for document, user in zip(documents, requesters, strict=True)
        }
        self._departments = {}
        duties = self._in_language(documents)._approval_duties()
        self._duties = dict(zip(documents._ids, duties, strict=True))
        self._known = {}
        self._eligible = Eligible(self.env)
        self._version = version
        self._routes = dict(zip(documents._ids, routes, strict=True))
        self._standing_in = self._stand_in_for_requesters()

    def _stand_in_for_requesters(self):
        """{document id: the delegations of who submits it that are about it}"""
        requesters = self._users({user.id for user in self._requesters.values()})
        found = self.env["ops.approval.delegation"]._in_force(user_id=requesters)
        by_person = found.grouped("user_id")
        if not by_person:
            return {}
        policy, currency = self._version.policy_id, self._version.currency_id
        return {
            id_: by_person.get(requester, found.browse()).filtered(
                lambda each, id_=id_: each._covers(
                    *self._places[id_], policy, self._routes[id_].amount, currency
                )
            )
            for id_, requester in self._requesters.items()
        }

    def _in_language(self, records):
        return records.with_context(lang=self.env.lang)

    def _users(self, ids):
        # sudo: who may be asked, and may they act; what leaves are names and reasons
        return self.env["res.users"].sudo().browse(ids)

    # -- members --------------------------------------------------------------------------

    def members(self, stage, document):
        """The :class:`Members` of a stage for a document."""
        company, site = self._places[document.id]
        label, users, climbing, problem = self._pool(stage, document.id)
        members = Members(label, {user.id: user.name for user in users})
        members.problem = problem
        barred = self._barred(stage, document.id)
        for user in users:
            why = self._eligible.why_not(user, company, site) or barred.get(user.id)
            if not why:
                members.user_ids.append(user.id)
                if climbing:
                    break
            # Of a group, who could not be asked anyway goes without saying.
            elif stage.approver_kind in (USERS, RECORD_FIELD) or climbing or user.id in barred:
                members.excluded[user.id] = why
        return members

    def _barred(self, stage, document_id):
        """Who does not decide about this document, whoever they are: ``{user id: reason}``."""
        barred = {user.id: self.env._("submits it") for user in self._requesters[document_id]}
        for delegation in self._standing_in.get(document_id, ()):
            barred[delegation.delegate_id.id] = self.env._(
                "stands in for %s, who submits it", delegation.user_id.name
            )
        for user_id, reason in self._duties[document_id].items():
            barred.setdefault(user_id, reason)
        for name in stage._excluded():
            document = self._documents[document_id]
            for user in document[name] if name in document._fields else ():
                barred.setdefault(
                    user.id,
                    self.env._("is named as “%s” on the document", stage._field_label(name)),
                )
        return barred

    # -- pools ----------------------------------------------------------------------------

    def _pool(self, stage, document_id):
        """Who a stage means: (label, users in order, whether one of them is enough because the
        next is asked only instead of the former, problem)."""
        company, site = self._places[document_id]
        kind = stage.approver_kind
        if kind == RECORD_FIELD:
            return self._pool_of_field(stage, document_id)
        department = self._department(document_id) if kind == DEPARTMENT_HEAD else False
        requester = self._requesters[document_id] if kind == REQUESTER_MANAGER else False
        key = (
            stage.id,
            company.id,
            site.id,
            department and department.id,
            requester and requester.id,
        )
        if key not in self._known:
            self._known[key] = self._lookup(stage, site, department, requester)
        return self._known[key]

    def _lookup(self, stage, site, department, requester):
        env, kind = self.env, stage.approver_kind
        missing = stage._missing_field()
        if kind == USERS:
            return stage.who, self._users(stage.user_ids.ids), False, missing
        if kind == GROUP:
            return stage.who, self._eligible.in_group(stage.group_id), False, missing
        if kind == SITE_ROLE:
            missing = missing or (None if site else self._no_site(stage))
            users, climbing = self._at_site(stage, site)
            label = env._("%(role)s %(site)s", role=stage.who, site=site.display_name)
            return (label if site else stage.who), users, climbing, missing
        if kind == DEPARTMENT_HEAD:
            users = self._users((department or env["hr.department"]).sudo()._ops_managers().ids)
            label = stage.who
            if department:
                name = department.sudo().display_name
                label = env._("Head of the department %s", name)
            return label, users, True, missing
        label = env._("Manager of %s", requester.name) if requester else stage.who
        return label, self._eligible.line_above(requester, site), True, missing

    def _department(self, document_id):
        """The department of a document: that of its requester, unless it has one of its own."""
        if not self._departments:
            documents = self._records
            requesters = [self._requesters[each] for each in documents._ids]
            found = departments_of(documents, requesters)
            self._departments = dict(zip(documents._ids, found, strict=True))
        return self._departments[document_id]

    def _no_site(self, stage):
        return self.env._(
            "Stage “%(stage)s”: the document belongs to no site, so there is no %(who)s.",
            stage=stage.name,
            who=stage.who,
        )

    def _at_site(self, stage, site):
        if stage.site_role != SITE_MANAGER:
            role = "manager" if stage.site_role == SITE_MANAGERS else "approver"
            return (self._eligible.in_role(role) if site else self._users([])), False
        return self._eligible.site_managers(site), True

    def _pool_of_field(self, stage, document_id):
        document, missing = self._documents[document_id], stage._missing_field()
        users = self._users([] if missing else document[stage.field_name].ids)
        return stage.who, users, False, missing
