from lxml import etree

from odoo.tests import TransactionCase, tagged

from odoo.addons.healthcare_ops_supply.contracts.supply_item import BELOW_CRITICAL

from ..builders.tables import logins

APP = "healthcare_ops_automation.menu_ops_root"
READ = {"many2one", "reference", "one2many", "many2many"}


@tagged("post_install", "-at_install")
class TestEveryPage(TransactionCase):
    """Whoever sees a menu can open what is behind it, with data in it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The network has not sent anything yet: one event on its way fills the pages left.
        cls.env["ops.endpoint"].create({"name": "Suppliers", "url": "https://n8n.example.org"})
        items = cls.env["ops.supply.item"]
        item = items.search([("site_id.code", "=", "AUC"), ("below_critical", "=", True)], limit=1)
        cls.env["ops.event"].emit(BELOW_CRITICAL, item, item._below_critical_data())
        cls.env.cr.flush()

    def _menus(self, user):
        """The app's menus with a window action, as the web client shows them to the user."""
        menus = self.env["ir.ui.menu"].with_user(user).load_menus(False)
        found, waiting = [], [self.env.ref(APP).id]
        while waiting:
            menu = menus.get(waiting.pop())
            if not menu:
                continue
            waiting += menu["children"]
            if menu["action_model"] == "ir.actions.act_window":
                found.append((menu["name"], menu["action_id"]))
        return found

    def _spec(self, arch, model):
        """What the web client reads for a view: each field, of related records the name."""
        tree = etree.fromstring(arch)
        names = {
            node.get("name")
            for node in tree.iter("field")
            if not any(above.tag == "field" for above in node.iterancestors())
        }
        spec = {"display_name": {}}
        for name in names:
            kind = model._fields[name].type
            spec[name] = {"fields": {"display_name": {}}} if kind in READ else {}
        return spec

    def _open(self, user, action):
        """Do what the web client does: load the views, search, open the first record, begin
        a new one where that is offered."""
        model = self.env[action.res_model].with_user(user)
        kinds = [kind for kind in action.view_mode.split(",") if kind in ("list", "kanban", "form")]
        wanted = [(False, kind) for kind in (*kinds, "search")]
        views = model.get_views(wanted, {})["views"]
        records = model
        for kind in kinds:
            arch = views[kind]["arch"]
            spec = self._spec(arch, model)
            if kind == "form":
                records[:1].web_read(spec)
                if etree.fromstring(arch).get("create") not in ("false", "0", "False"):
                    if model.has_access("create"):
                        model.onchange({}, [], spec)
            else:
                found = model.web_search_read([], spec, limit=20)["records"]
                records = model.browse(each["id"] for each in found)
        return len(records)

    def test_each_role_opens_every_page_behind_its_menus(self):
        seen = 0
        for row in logins():
            user = self.env["res.users"].search([("login", "=", row["login"])])
            if user.share:
                continue  # another system: it has no web client
            for name, action_id in self._menus(user):
                action = self.env["ir.actions.act_window"].browse(action_id)
                if action.res_model == "res.config.settings":
                    continue  # a form of Odoo's that only system administrators reach
                with self.subTest(login=row["login"], menu=name):
                    self.env.invalidate_all()
                    seen += bool(self._open(user, action))
        self.assertGreater(seen, 60)
