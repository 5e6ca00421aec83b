import {Component, onWillStart, onWillUnmount, useRef, useState} from "@odoo/owl";

import {cookie} from "@web/core/browser/cookie";
import {router} from "@web/core/browser/router";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {KeepLast} from "@web/core/utils/concurrency";
import {useService} from "@web/core/utils/hooks";
import {omit} from "@web/core/utils/objects";
import {Layout} from "@web/search/layout";
import {useSetupAction} from "@web/search/action_hook";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";

import {filtersOf, foreignFilters, readAddress, writeAddress} from "./dashboard_address";
import {DashboardFilters} from "./dashboard_filters";
import {DashboardFreshness} from "./dashboard_freshness";
import {useDashboardKeys} from "./dashboard_keys";
import {DashboardTile} from "./dashboard_tile";
import {SHORTCUTS} from "./dashboard_words";

const MODEL = "ops.dashboard";
/** So much of a page is asked for at once: a figure counts one, everything else two. */
const CHUNK = 4;

/**
 * Monitoring > dashboards: figures that open the records behind them.
 *
 * Which dashboards there are and what stands on them says the server (models/dashboard); here
 * they are drawn. Which one, where and when stand in the address.
 */
export class OpsDashboard extends Component {
    static template = "healthcare_ops_monitoring.Dashboard";
    static components = {DashboardFilters, DashboardFreshness, DashboardTile, Layout};
    static props = {...standardActionServiceProps};
    static path = "ops-dashboard";
    static displayName = _t("Dashboards");

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        this.root = useRef("root");
        this.display = {controlPanel: {}};
        this.shortcuts = SHORTCUTS;
        this.turn = 0;
        this.state = useState({
            layout: null,
            problem: null,
            address: readAddress(this.props),
            answers: {},
            busy: {},
            at: null,
            zone: "",
            failed: false,
            help: false,
        });
        useSetupAction({
            rootRef: this.root,
            getLocalState: () => ({address: {...this.state.address}}),
        });
        useDashboardKeys({
            r: () => this.refresh(),
            "/": () =>
                this.root.el.querySelector(".o_ops_dash_filters :is(select, button)")?.focus(),
            "?": () => (this.state.help = !this.state.help),
            "[": () => this.step(-1),
            "]": () => this.step(1),
        });
        writeAddress(this.props, this.state.address);
        onWillStart(() => this.describe());
        onWillUnmount(() => this.turn++);
    }

    // -- reading --------------------------------------------------------------------------

    /** The layout of what the address names; then its figures, without waiting for them. */
    async describe() {
        const {address} = this.state;
        try {
            const layout = await this.keepLast.add(
                this.orm.call(MODEL, "describe", [address.dashboard || null, filtersOf(address)]),
            );
            const other = layout.dashboard.code !== this.state.layout?.dashboard.code;
            Object.assign(this.state, {layout, problem: null});
            this.forgetForeignFilters();
            this.env.config.setDisplayName(layout.dashboard.name);
            if (other) {
                this.state.answers = {};
            }
            this.load(this.tiles.map((tile) => tile.code));
        } catch (error) {
            await this.refuse(error);
        }
    }

    /** Say why there is no page; the one without filters is offered where there is one. */
    async refuse(error) {
        Object.assign(this.state, {layout: null, problem: this.explain(error)});
        const {address, problem} = this.state;
        if (!this.isRefusal(error) || !Object.keys(filtersOf(address)).length) {
            return;
        }
        try {
            await this.orm.silent.call(MODEL, "describe", [address.dashboard || null, {}]);
            problem.reset = true;
        } catch {
            // It is not for the filters that it is refused.
        }
    }

    isRefusal(error) {
        return Boolean(error.exceptionName?.startsWith("odoo.exceptions."));
    }

    /** Drop what the dashboard does not offer, without a step of the browser's history. */
    forgetForeignFilters() {
        const foreign = foreignFilters(this.state.address, this.state.layout.dashboard);
        if (foreign.length) {
            this.state.address = omit(this.state.address, ...foreign);
            const dropped = Object.fromEntries(foreign.map((key) => [key, undefined]));
            router.replaceState(dropped, {sync: true});
            writeAddress(this.props, this.state.address);
        }
    }

    /**
     * Ask for tiles, some at a time and side by side; each shows its answer as it comes.
     *
     * What was there stays, dimmed, until then: nothing jumps.
     */
    async load(codes) {
        const turn = ++this.turn;
        const {dashboard} = this.state.layout;
        codes.forEach((code) => (this.state.busy[code] = true));
        this.state.failed = false;
        const filters = filtersOf(this.state.address);
        await Promise.all(
            this.chunks(codes).map(async (chunk) => {
                try {
                    const {at, zone, tiles} = await this.orm.silent.call(MODEL, "load", [
                        dashboard.code,
                        chunk,
                        filters,
                    ]);
                    if (turn === this.turn || codes.length === 1) {
                        Object.assign(this.state.answers, tiles);
                        Object.assign(this.state, {at, zone});
                    }
                } catch (error) {
                    if (turn === this.turn) {
                        this.fail(chunk, error);
                    }
                } finally {
                    if (turn === this.turn || codes.length === 1) {
                        chunk.forEach((code) => (this.state.busy[code] = false));
                    }
                }
            }),
        );
    }

    /** What did not come: old figures stay and are said to be old, others say so themselves. */
    fail(chunk, error) {
        this.state.failed = true;
        if (this.isRefusal(error)) {
            this.refuse(error);
            return;
        }
        for (const code of chunk) {
            this.state.answers[code] ||= {status: "error"};
        }
    }

    chunks(codes) {
        const kinds = Object.fromEntries(this.tiles.map((tile) => [tile.code, tile.kind]));
        const chunks = [];
        let room = 0;
        for (const code of codes) {
            const weight = kinds[code] === "kpi" ? 1 : 2;
            if (room < weight) {
                chunks.push([]);
                room = CHUNK;
            }
            chunks.at(-1).push(code);
            room -= weight;
        }
        return chunks;
    }

    explain(error) {
        if (error.exceptionName === "odoo.exceptions.AccessError") {
            return {icon: "fa-lock", title: _t("Not for you"), text: error.data.message};
        }
        if (error.exceptionName === "odoo.exceptions.UserError") {
            const title = _t("This address leads nowhere");
            return {icon: "fa-map-signs", title, text: error.data.message};
        }
        return {
            icon: "fa-chain-broken",
            title: _t("The server did not answer"),
            text: _t("Try again. If it stays so, tell whoever runs the server."),
        };
    }

    refresh() {
        return this.state.layout ? this.load(this.tiles.map((tile) => tile.code)) : this.describe();
    }

    // -- what is shown --------------------------------------------------------------------

    get tiles() {
        return this.state.layout.sections.flatMap((section) => section.tiles);
    }

    /** Whether a longer period or another place would find more records. */
    get wider() {
        const {layout, address} = this.state;
        return {
            time: layout.dashboard.filters.includes("period") && layout.params.period !== "all",
            place: Boolean(address.site || address.company),
        };
    }

    get loading() {
        return Object.values(this.state.busy).some(Boolean);
    }

    get exportUrl() {
        const {dashboard} = this.state.layout;
        const query = new URLSearchParams(filtersOf(this.state.address));
        if (cookie.get("cids")) {
            query.set("cids", cookie.get("cids"));
        }
        return `/healthcare_ops/dashboard/${encodeURIComponent(dashboard.code)}.xlsx?${query}`;
    }

    // -- choosing -------------------------------------------------------------------------

    /** Filters change; an emptied one leaves the address. */
    choose(changes) {
        const address = {...this.state.address, ...changes};
        if (changes.company !== undefined) {
            // A site belongs to one company.
            address.site = undefined;
        }
        return this.go(address);
    }

    /** Another dashboard, for the same place and time as far as it offers them. */
    switchTo(code) {
        const {address, layout} = this.state;
        const next = layout.dashboards.find((each) => each.code === code);
        return this.go({...omit(address, ...foreignFilters(address, next)), dashboard: code});
    }

    step(by) {
        const codes = this.state.layout?.dashboards.map(({code}) => code) || [];
        const next = codes[codes.indexOf(this.state.layout?.dashboard.code) + by];
        return next && this.switchTo(next);
    }

    /** The same dashboard without filters: where an address led nowhere. */
    reset() {
        return this.go({dashboard: this.state.address.dashboard});
    }

    go(address) {
        const filled = Object.entries(address).filter(([, value]) => value);
        this.state.address = Object.fromEntries(filled);
        writeAddress(this.props, this.state.address);
        return this.describe();
    }

    /** Open a list: with the views of its page where the module names one. */
    async open(action) {
        const {page, ...own} = action;
        if (!page) {
            return this.action.doAction(own);
        }
        const base = await this.action.loadAction(page);
        return this.action.doAction({...base, ...own, views: base.views});
    }
}

registry.category("actions").add("ops_dashboard", OpsDashboard);
