import {Component, onWillStart, useEffect, useRef, useState} from "@odoo/owl";

import {_t} from "@web/core/l10n/translation";
import {Pager} from "@web/core/pager/pager";
import {registry} from "@web/core/registry";
import {KeepLast} from "@web/core/utils/concurrency";
import {useService} from "@web/core/utils/hooks";
import {useDebounced} from "@web/core/utils/timing";
import {Layout} from "@web/search/layout";
import {useSetupAction} from "@web/search/action_hook";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";

import {DECISIONS} from "../approval_panel/approval_decision";
import {ApprovalPanel} from "../approval_panel/approval_panel";
import {dueWords} from "../approval_panel/approval_words";
import {useDecisionKeys} from "./my_approvals_keys";
import {DUES, KEYS, SHORTCUTS} from "./my_approvals_words";

const REQUEST = "ops.approval.request";
const PAGE = 80;
/** What leaves the seat with who decided; everything else takes the request off the list. */
const STAYS = ["ask", "answer"];
const BULK = ["approve", "reject", "return"];

/**
 * My approvals: on the left what waits for who looks, by due time; on the right the one that is
 * read, with everything needed to decide, and the decision. After it the next one comes up.
 *
 * The server lists (models/work/res_users_approvals.py), with the rights of who asks; the right
 * side is the approval panel of the forms. On a phone one of the two sides is shown.
 */
export class MyApprovals extends Component {
    static template = "healthcare_ops_approvals.MyApprovals";
    static components = {ApprovalPanel, Layout, Pager};
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.keepLast = new KeepLast();
        this.root = useRef("root");
        this.display = {controlPanel: {}};
        this.keys = KEYS;
        this.dueWords = dueWords;
        this.shortcuts = SHORTCUTS;
        const {filters = {}, offset = 0, openId = null} = this.props.state || {};
        const {params, context} = this.props.action;
        const asked = params?.request_id || context?.approval_request_id || null;
        this.state = useState({
            page: null,
            loading: false,
            problem: null,
            filters: {search: "", kind: "", site_id: 0, due: "", ...filters},
            offset,
            openId: asked || openId,
            // On a phone the list comes first, unless one request was asked for.
            reading: Boolean(asked),
            shown: null,
            stamp: 1,
            chosen: new Set(),
            help: false,
        });
        useSetupAction({
            getLocalState: () => ({
                filters: {...this.state.filters},
                offset: this.state.offset,
                openId: this.state.openId,
            }),
        });
        this.search = useDebounced(() => this.filter({}), 300);
        useDecisionKeys({
            // Not away from a text that was begun.
            step: (by) => this.panel?.isBusy() || this.step(by),
            decide: (kind) => this.decideByKey(kind),
            select: () => this.state.openId && this.toggle(this.state.openId),
            help: () => this.toggleHelp(),
        });
        useEffect(
            () => {
                // Chromium answers with a promise, which is no clean-up.
                this.root.el.querySelector(".o_ops_mine_row.active")?.scrollIntoView({
                    block: "nearest",
                });
            },
            () => [this.state.openId, this.state.page],
        );
        onWillStart(() => this.load());
    }

    // -- reading --------------------------------------------------------------------------

    async load() {
        this.state.loading = true;
        const {filters, offset} = this.state;
        const chosen = Object.entries(filters).filter(([, value]) => value);
        try {
            const page = await this.keepLast.add(
                this.orm.call("res.users", "ops_my_approvals", [], {
                    offset,
                    limit: PAGE,
                    filters: Object.fromEntries(chosen),
                }),
            );
            if (!page.items.length && offset) {
                // The last page was decided.
                this.state.offset = Math.max(0, offset - PAGE);
                return this.load();
            }
            Object.assign(this.state, {page, problem: null});
            this.settle();
        } catch (error) {
            // An old list must not pass for the present one.
            Object.assign(this.state, {page: null, problem: this.describe(error)});
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

    /** What is chosen or open may have gone from the list. */
    settle() {
        const {items} = this.state.page;
        const there = new Set(items.map((item) => item.request_id));
        for (const id of this.state.chosen) {
            if (!there.has(id)) {
                this.state.chosen.delete(id);
            }
        }
        if (!this.state.openId && items.length) {
            this.show(items[0].request_id);
        }
    }

    refresh() {
        this.state.stamp++;
        return this.load();
    }

    // -- what is shown --------------------------------------------------------------------

    get items() {
        return this.state.page.items;
    }

    get groups() {
        const {dues} = this.state.page;
        return dues
            .map(({code, count}) => ({
                ...DUES[code],
                code,
                count,
                items: this.items.filter((item) => item.group === code),
            }))
            .filter((group) => group.items.length);
    }

    get dues() {
        return this.state.page.dues
            .filter(({code, count}) => count || code === this.state.filters.due)
            .map((due) => ({...DUES[due.code], ...due}));
    }

    get filtered() {
        return Object.values(this.state.filters).some(Boolean);
    }

    get countText() {
        const {total, overdue} = this.state.page;
        if (!overdue) {
            return _t("%s to decide, none overdue", total);
        }
        return _t("%(total)s to decide, %(overdue)s overdue", {total, overdue});
    }

    get openItem() {
        return this.items.find((item) => item.request_id === this.state.openId);
    }

    get position() {
        return this.items.indexOf(this.openItem);
    }

    get chosenItems() {
        return this.items.filter((item) => this.state.chosen.has(item.request_id));
    }

    get bulk() {
        return BULK.map((kind) => ({kind, ...DECISIONS[kind]}));
    }

    /** Who is stood in for, one after the other. */
    get standingIn() {
        return this.state.page.standing_in;
    }

    note(item) {
        return [item.requester, item.stage].filter(Boolean).join(" · ");
    }

    // -- the list -------------------------------------------------------------------------

    filter(changes) {
        Object.assign(this.state.filters, changes);
        this.state.offset = 0;
        return this.load();
    }

    setDue(code) {
        return this.filter({due: this.state.filters.due === code ? "" : code});
    }

    clearFilters() {
        return this.filter({search: "", kind: "", site_id: 0, due: ""});
    }

    onPage({offset}) {
        this.state.offset = offset;
        this.state.chosen.clear();
        return this.load();
    }

    read(item) {
        this.show(item.request_id);
        this.state.reading = true;
    }

    show(id) {
        if (id !== this.state.openId) {
            Object.assign(this.state, {openId: id, shown: null});
        }
    }

    back() {
        this.state.reading = false;
    }

    step(by) {
        const item = this.items[this.position < 0 ? 0 : this.position + by];
        if (item) {
            this.show(item.request_id);
        }
    }

    toggle(id) {
        if (!this.state.chosen.delete(id)) {
            this.state.chosen.add(id);
        }
    }

    toggleAll() {
        const all = this.state.chosen.size === this.items.length;
        this.state.chosen.clear();
        if (!all) {
            this.items.forEach((item) => this.state.chosen.add(item.request_id));
        }
    }

    openAsList() {
        return this.action.doAction("healthcare_ops_approvals.ops_approval_request_action_mine");
    }

    // -- the request that is read ---------------------------------------------------------

    onShown(panel) {
        if (panel.request_id === this.state.openId) {
            this.state.shown = panel;
        }
    }

    async openDocument() {
        const {request_id} = this.state.shown;
        await this.action.doAction(
            await this.orm.call(REQUEST, "action_open_document", [[request_id]]),
        );
    }

    openRequest() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: REQUEST,
            res_id: this.state.openId,
            views: [[false, "form"]],
        });
    }

    /** What was decided leaves the list, and the next one comes up. */
    async onDone(kind) {
        if (kind && !STAYS.includes(kind)) {
            const at = this.position;
            const next = this.items[at + 1] || this.items[at - 1];
            this.notification.add(this.state.shown?.res_name || "", {
                title: _t("Done: %s", DECISIONS[kind]?.label || kind),
                type: "success",
            });
            this.show(next ? next.request_id : null);
            if (!next) {
                this.back();
            }
        } else if (kind) {
            this.state.stamp++;
        }
        await this.load();
    }

    // -- several at once ------------------------------------------------------------------

    /** The dialog that decides about each by itself, and answers for each. */
    async decideChosen(kind) {
        const ids = this.chosenItems.map((item) => item.request_id);
        const dialog = await this.orm.call(REQUEST, "action_open_bulk", [ids], {
            context: {approval_decision: kind},
        });
        await this.action.doAction(dialog, {
            onClose: () => {
                this.state.chosen.clear();
                // What was read may be among them.
                this.state.openId = null;
                return this.load();
            },
        });
    }

    // -- keys -----------------------------------------------------------------------------

    decideByKey(kind) {
        if (this.state.chosen.size && BULK.includes(kind)) {
            return this.decideChosen(kind);
        }
        this.panel?.choose(kind);
    }

    keepPanel(panel) {
        this.panel = panel;
    }

    toggleHelp() {
        this.state.help = !this.state.help;
    }
}

registry.category("actions").add("healthcare_ops_approvals.my_approvals", MyApprovals);
