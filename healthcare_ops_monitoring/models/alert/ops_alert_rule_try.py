from odoo import models

from ...core.alerting import BEYOND, FAR_BEYOND, FINE

# Groups that the answer names.
SHOWN = 8


class OpsAlertRule(models.Model):
    """Trying a rule: what it would say now, without changing anything."""

    _inherit = "ops.alert.rule"

    def action_try(self):
        """Tell the figures of now with the reader's own rights, how they are judged, and who
        would get the exception."""
        self.ensure_one()
        self.check_access("read")
        companies = self.company_id or self.env.companies
        if self.source == "health":
            companies = self._companies()
        readings = [each for company in companies for each in self._readings(company)]
        many = len(companies) > 1
        lines = [self._verdict(reading, many) for reading in readings[:SHOWN]]
        if len(readings) > SHOWN:
            lines.append(self.env._("%s more.", len(readings) - SHOWN))
        told, is_missing = self._told_who_gets_it(companies, readings)
        lines = lines or [self.env._("There are no records.")]
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("“%s” at the moment", self.name),
                "message": "\n".join([*lines, *told]),
                "type": "warning" if is_missing else "info",
                "sticky": True,
            },
        }

    def _verdict(self, reading, names_company):
        label = reading.label or (names_company and reading.company.name) or ""
        return f"{label}: {self._judge(reading)}" if label else self._judge(reading)

    def _judge(self, reading):
        if reading.value is None:
            return self.env._(
                "not known, %(why)s (%(n)s records). It neither fires nor clears.",
                why=reading.why,
                n=reading.n,
            )
        when = (
            self.env._("after %s min", self.hold_minutes)
            if self.hold_minutes
            else self.env._("at once")
        )
        words = {
            FINE: self.env._("within the limit."),
            BEYOND: self.env._("beyond the limit: it fires %s.", when),
            FAR_BEYOND: self.env._("beyond the critical limit: it fires %s.", when),
        }
        return self.env._(
            "%(value)s, %(verdict)s",
            value=self._say_with_records(reading.value, reading.n),
            verdict=words[self._limits().band(reading.value)],
        )

    # -- who gets it ------------------------------------------------------------------------

    def _told_who_gets_it(self, companies, readings):
        """Who would get the exceptions, in words: once where it is the same everywhere.

        :return: (lines, whether there is a place of which nobody would get them)
        """
        cases = {(each.company, each.site, self._severity_at(each.value)) for each in readings}
        cases = cases or {(company, self.site_id, self.severity) for company in companies}
        places = {}
        for company, site, severity in cases:
            words = self._who_gets_it(company, site, severity)
            # A health check's is the main company's, whoever tries the rule.
            place = (each._filtered_access("read").display_name for each in (site, company))
            places.setdefault(words, set()).add(next(filter(None, place), ""))
        lines = [words or self._nobody_gets_it() for words in places]
        if len(lines) > 1:
            lines = [
                f"{', '.join(sorted(names)[:SHOWN])}: {line}"
                for line, names in zip(lines, places.values(), strict=True)
            ]
        return sorted(lines), "" in places

    def _severity_at(self, value):
        return self._severity_of(FINE if value is None else self._limits().band(value))

    def _who_gets_it(self, company, site, severity):
        """Team and owner, and who says so; "" for nobody."""
        # sudo: as when it is raised, whoever's work causes it. Whom its alerts go to may be known
        # to who reads the rule, which ``action_try`` has checked.
        rule = self.sudo()
        team = rule.team_id.filtered(lambda team: team.company_id == company)
        case = (rule.category_id, company.sudo(), site.sudo(), severity)
        found, owner = rule.env["ops.exception"]._assign(*case, team, rule.owner_id)
        if not found and not owner:
            return ""
        names = [found and self.env._("team “%s”", found.name), owner.name]
        is_named = bool(found & team or owner & rule.owner_id)
        return self.env._(
            "Its exception goes to %(who)s: %(why)s.",
            who=", ".join(filter(None, names)),
            why=self._why_gets_it(is_named, case),
        )

    def _why_gets_it(self, is_named, case):
        if is_named:
            return self.env._("this rule says so")
        deciding, _team, _owner = self.sudo().env["ops.exception.assignment"]._deciding(*case)
        if not deciding:
            return self.env._(
                "no assignment rule does, so it is the owner of the category or the site's manager"
            )
        # The name tells of sites, which are not everybody's.
        if not deciding.with_env(self.env).has_access("read"):
            return self.env._("an assignment rule says so")
        return self.env._("the assignment rule “%s” says so", deciding.with_env(self.env).name)

    def _nobody_gets_it(self):
        return self.env._(
            "Nobody would get its exception: neither this rule nor an assignment rule names "
            "somebody who may see it, and neither the category nor the site has an owner. Choose "
            "a team or an owner here."
        )
