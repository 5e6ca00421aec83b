import {Component, onWillStart, useRef, useState} from "@odoo/owl";

import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {KeepLast} from "@web/core/utils/concurrency";
import {useService} from "@web/core/utils/hooks";
import {Layout} from "@web/search/layout";
import {useSetupAction} from "@web/search/action_hook";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";

/** How each group is headed: never by colour alone. */
const GROUPS = {
    overdue: {title: _t("Overdue"), icon: "fa-exclamation-circle", color: "danger"},
    today: {title: _t("Today"), icon: "fa-clock-o", color: "warning"},
    week: {title: _t("This week"), icon: "fa-calendar", color: "info"},
    later: {title: _t("Later"), icon: "fa-calendar-o", color: "secondary"},
    undated: {title: _t("No date"), icon: "fa-circle-o", color: "secondary"},
};
const SEVERITY_COLORS = {critical: "danger", high: "warning", medium: "info", low: "secondary"};
/** Rows shown of a group before somebody asks for more. */
const STEP = 50;
const ARROWS = {ArrowDown: 1, ArrowUp: -1};

/**
 * My work: what waits for the person who looks, by due time, and what to do next
 * (models/work/res_users.py says all of it in their language and time zone).
 *
 * It asks once when opened, after each thing done, and on the button; it does not poll. The
 * arrow keys go from row to row.
 */
export class MyWork extends Component {
    static template = "healthcare_ops_automation.MyWork";
    static components = {Layout};
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.keepLast = new KeepLast();
        this.root = useRef("root");
        this.display = {controlPanel: {}};
        const {kind = false, site = false} = this.props.state || {};
        this.state = useState({
            work: null,
            loading: false,
            problem: null,
            busy: null,
            kind,
            site,
            shown: {},
        });
        useSetupAction({
            getLocalState: () => ({kind: this.state.kind, site: this.state.site}),
        });
        onWillStart(() => this.load());
    }

    async load() {
        this.state.loading = true;
        try {
            const work = await this.keepLast.add(this.orm.call("res.users", "ops_my_work", []));
            this.state.work = work;
            this.state.problem = null;
            this.forgetGoneFilters();
        } catch (error) {
            // An old list must not pass for the present one.
            this.state.work = null;
            this.state.problem = this.describe(error);
        } finally {
            this.state.loading = false;
        }
    }

    describe(error) {
        if (error.exceptionName === "odoo.exceptions.AccessError") {
            return {icon: "fa-lock", title: _t("Not for you"), text: error.data.message};
        }
        return {
            icon: "fa-chain-broken",
            title: _t("The server did not answer"),
            text: _t("Try again. If it stays so, tell whoever runs the server."),
        };
    }

    // -- what is shown --------------------------------------------------------------------

    get items() {
        return this.state.work.groups.flatMap((group) => group.items);
    }

    /** A filter that matches nothing any more would hide what is left. */
    forgetGoneFilters() {
        if (!this.kinds.some((kind) => kind.code === this.state.kind)) {
            this.state.kind = false;
        }
        if (!this.sites.some((site) => site.id === this.state.site)) {
            this.state.site = false;
        }
    }

    matches(item, {kind = this.state.kind, site = this.state.site} = {}) {
        return (!kind || item.kind === kind) && (!site || item.site_id === site);
    }

    get groups() {
        return this.state.work.groups
            .map(({code, items}) => ({
                ...GROUPS[code],
                code,
                items: items.filter((item) => this.matches(item)),
            }))
            .filter((group) => group.items.length)
            .map((group) => ({...group, rows: group.items.slice(0, this.limit(group.code))}));
    }

    get kinds() {
        const kinds = new Map();
        for (const item of this.items) {
            const known = kinds.get(item.kind) || {code: item.kind, text: item.kind_text, count: 0};
            known.count += this.matches(item, {kind: false}) ? 1 : 0;
            kinds.set(item.kind, known);
        }
        return [...kinds.values()];
    }

    get sites() {
        const sites = new Map();
        for (const {site_id, site} of this.items) {
            if (site_id) {
                sites.set(site_id, {id: site_id, name: site});
            }
        }
        return [...sites.values()].sort((a, b) => a.name.localeCompare(b.name));
    }

    get total() {
        return this.items.length;
    }

    limit(code) {
        return this.state.shown[code] || STEP;
    }

    severityColor(item) {
        return SEVERITY_COLORS[item.severity] || "light";
    }

    get countText() {
        const overdue = this.state.work.groups.find((group) => group.code === "overdue");
        const count = overdue.items.length;
        if (!count) {
            return _t("%(total)s to do, none overdue", {total: this.total});
        }
        return _t("%(total)s to do, %(count)s overdue", {total: this.total, count});
    }

    // -- what can be done -----------------------------------------------------------------

    setKind(code) {
        this.state.kind = this.state.kind === code ? false : code;
    }

    setSite(event) {
        this.state.site = Number(event.target.value) || false;
    }

    showMore(code) {
        this.state.shown[code] = this.limit(code) + STEP;
    }

    clearFilters() {
        this.state.kind = this.state.site = false;
    }

    async open({opens}) {
        await this.action.doAction({
            type: "ir.actions.act_window",
            res_model: opens.model,
            res_id: opens.res_id,
            views: [[false, "form"]],
        });
    }

    /** Do what the button says; without a method of its own it opens the record. */
    async act(item) {
        if (!item.action) {
            return this.open(item);
        }
        if (typeof item.action === "object") {
            return this.action.doAction(item.action);
        }
        this.state.busy = item.key;
        try {
            const result = await this.orm.call(item.model, item.action, [[item.res_id]]);
            if (result && result.type) {
                await this.action.doAction(result, {onClose: () => this.load()});
            } else {
                this.notification.add(item.title, {
                    title: _t("Done: %s", item.next_step),
                    type: "success",
                });
            }
            // A window takes the place of this page, or tells when it is closed.
            if (!result || result.type !== "ir.actions.act_window") {
                await this.load();
            }
        } catch (error) {
            // Most often somebody else was quicker: the list is old.
            await this.load();
            throw error;
        } finally {
            this.state.busy = null;
        }
    }

    openFallback(fallback) {
        return this.open({opens: {model: "ops.fallback", res_id: fallback.id}});
    }

    onKeydown(event) {
        const step = ARROWS[event.key];
        if (!step || !event.target.closest(".o_ops_work_row")) {
            return;
        }
        const titles = [...this.root.el.querySelectorAll(".o_ops_work_title")];
        const here = event.target.closest(".o_ops_work_row").querySelector(".o_ops_work_title");
        const next = titles[titles.indexOf(here) + step];
        if (next) {
            event.preventDefault();
            next.focus();
        }
    }
}

registry.category("actions").add("healthcare_ops_automation.my_work", MyWork);
