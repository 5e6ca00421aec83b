from odoo import models
from odoo.exceptions import ValidationError


class Base(models.AbstractModel):
    _inherit = "base"

    def _ops_engine(self, **context):
        """These records as the engine works with them: without the caller's context.

        A context comes from the client. What the engine does follows neither its defaults
        nor its filters nor its language.

        :param context: all there is in the context of the records returned
        """
        return self.with_env(self.env(context=context))

    def _ops_place(self):
        """Answer where each record belongs: the hook of the engine on any model.

        The default reads ``company_id`` and ``ops_site_id`` or ``site_id``. A pack
        overrides it for models that have neither, and for records shared between
        companies, whose place must be said explicitly.

        :return: one ``(company, site)`` pair of recordsets for each record, in order;
            the site may be empty, the company may not
        :raise ValidationError: when a record's company cannot be told
        """
        site_field = next(
            (
                name
                for name in ("ops_site_id", "site_id")
                if name in self._fields and self._fields[name].comodel_name == "ops.site"
            ),
            None,
        )
        no_site = self.env["ops.site"]
        places = []
        for record in self:
            site = record[site_field] if site_field else no_site
            company = record.company_id if "company_id" in record._fields else no_site.company_id
            company = company or site.company_id
            if not company:
                raise ValidationError(
                    self.env._(
                        "%(model)s “%(record)s” belongs to no company, so the place of its "
                        "event or exception is unknown. Set its company or site.",
                        model=record._description,
                        record=record.display_name,
                    )
                )
            places.append((company, site))
        return places
