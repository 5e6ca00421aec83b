import {Component, markup, onWillStart, useState} from "@odoo/owl";

import {useHotkey} from "@web/core/hotkeys/hotkey_hook";
import {_t} from "@web/core/l10n/translation";
import {MultiRecordSelector} from "@web/core/record_selectors/multi_record_selector";
import {registry} from "@web/core/registry";
import {KeepLast} from "@web/core/utils/concurrency";
import {useService} from "@web/core/utils/hooks";
import {Layout} from "@web/search/layout";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";

import {ExceptionTimeline} from "../exception_timeline/exception_timeline";
import {DecisionPanel} from "./decision_panel";

const MODEL = "ops.exception.review";
/** What can be decided, by which key; `panel` asks for more first. */
const DECISIONS = [
    {code: "keep", key: "k", label: _t("Keep"), icon: "fa-check"},
    {code: "assigned", key: "a", label: _t("Assign"), icon: "fa-user", panel: true},
    {code: "due", key: "d", label: _t("Due"), icon: "fa-clock-o", panel: true},
    {code: "resolved", key: "r", label: _t("Resolve"), icon: "fa-flag-checkered", panel: true},
    {code: "accepted", key: "x", label: _t("Accept"), icon: "fa-thumbs-o-up", panel: true},
    {code: "later", key: "l", label: _t("Next review"), icon: "fa-share"},
];

/**
 * The daily exception review: it walks through what is new, overdue, to be followed up,
 * repeating and old, one after the other, by mouse or keyboard. Each decision is written at
 * once, so it goes on where it was left. What the page shows and does is on the server
 * (ops_exception_review_page.py), with the reviewer's own rights.
 */
export class ExceptionReview extends Component {
    static template = "healthcare_ops_automation.ExceptionReview";
    static components = {DecisionPanel, ExceptionTimeline, Layout, MultiRecordSelector};
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.display = {controlPanel: {}};
        this.decisions = DECISIONS;
        this.keepLast = new KeepLast();
        this.state = useState({
            page: null,
            siteIds: [],
            participantIds: [],
            lineId: null,
            details: null,
            panel: null,
            finishing: false,
            outcome: "",
            note: "",
            busy: false,
        });
        onWillStart(() => this.load());
        for (const decision of DECISIONS) {
            useHotkey(decision.key, () => this.choose(decision));
        }
        useHotkey("arrowright", () => this.step(1), {allowRepeat: true});
        useHotkey("arrowleft", () => this.step(-1), {allowRepeat: true});
        useHotkey("o", () => this.openRecord());
        useHotkey("f", () => this.toFinish());
        useHotkey("escape", () => this.closePanel());
    }

    get reviewId() {
        const {params, context} = this.props.action;
        return params?.review_id || context?.active_id || null;
    }

    async load() {
        await this.show(await this.orm.call(MODEL, "page_open", [this.reviewId]));
    }

    /** Take what the server answered; of a review that goes on, the first undecided comes up. */
    async show(page) {
        this.state.page = page;
        if (page.mode === "start") {
            this.state.siteIds = page.site_ids;
            return;
        }
        const next = page.may_hold && page.lines.find((line) => !line.decision);
        this.state.finishing = Boolean(page.may_hold && !next);
        this.state.lineId = null;
        if (next || page.lines.length) {
            await this.go((next || page.lines[0]).id, this.state.finishing);
        }
    }

    // -- beginning ----------------------------------------------------------------------

    async chooseSites(siteIds) {
        const page = await this.keepLast.add(
            this.orm.call(MODEL, "page_start", [this.reviewId, siteIds]),
        );
        await this.show(page);
    }

    chooseParticipants(ids) {
        this.state.participantIds = ids;
    }

    async begin() {
        const {page, siteIds, participantIds} = this.state;
        await this.busy(async () => {
            const args = [page.company.id, siteIds, participantIds];
            await this.show(await this.orm.call(MODEL, "page_begin", args));
        });
    }

    // -- walking ------------------------------------------------------------------------

    get walking() {
        return this.state.page.mode === "walk";
    }

    get line() {
        return this.state.page.lines?.find((line) => line.id === this.state.lineId);
    }

    get position() {
        return this.state.page.lines.indexOf(this.line) + 1;
    }

    get decidedCount() {
        return this.state.page.lines.filter((line) => line.decision).length;
    }

    get percent() {
        const total = this.state.page.lines.length;
        return total ? Math.round((100 * this.decidedCount) / total) : 100;
    }

    get groups() {
        const groups = new Map();
        for (const line of this.state.page.lines) {
            if (!groups.has(line.group)) {
                groups.set(line.group, {code: line.group, label: line.group_label, lines: []});
            }
            groups.get(line.group).lines.push(line);
        }
        return [...groups.values()];
    }

    get manual() {
        // Sanitized by the server: an Html field.
        return markup(this.state.details.manual);
    }

    async go(lineId, finishing = false) {
        Object.assign(this.state, {lineId, finishing, panel: null, note: ""});
        this.state.details = null;
        this.state.details = await this.keepLast.add(
            this.orm.call("ops.exception.review.line", "page_details", [[lineId]]),
        );
    }

    step(by) {
        if (!this.walking || this.state.panel) {
            return;
        }
        const {lines} = this.state.page;
        const line = lines[this.position - 1 + by];
        if (line) {
            this.go(line.id);
        }
    }

    choose(decision) {
        const {page, finishing, details, busy} = this.state;
        if (!this.walking || !page.may_hold || finishing || !details || busy) {
            return;
        }
        if (!details.is_open && decision.panel) {
            return;
        }
        if (decision.panel) {
            this.state.panel = decision.code;
        } else {
            this.decide(decision.code, {});
        }
    }

    closePanel() {
        this.state.panel = null;
    }

    async decide(code, values) {
        const {page} = this.state;
        const line = this.line;
        await this.busy(async () => {
            const args = [[page.id], line.id, code, values, this.state.note, line.seen];
            try {
                Object.assign(line, await this.orm.call(MODEL, "page_decide", args));
            } catch (error) {
                // Somebody else may have decided it meanwhile: show how it stands.
                const lines = (await this.orm.call(MODEL, "page_walk", [[page.id]])).lines;
                for (const fresh of lines) {
                    Object.assign(page.lines.find((each) => each.id === fresh.id) || {}, fresh);
                }
                throw error;
            }
            await this.goOn();
        });
    }

    /** To the next that is not decided, after this one first; after the last, to the end. */
    async goOn() {
        const {lines} = this.state.page;
        const at = this.position;
        const next = [...lines.slice(at), ...lines.slice(0, at)].find((line) => !line.decision);
        if (next) {
            await this.go(next.id);
        } else {
            Object.assign(this.state, {finishing: true, panel: null});
        }
    }

    // -- finishing ----------------------------------------------------------------------

    toFinish() {
        if (this.walking && this.state.page.may_hold) {
            Object.assign(this.state, {finishing: true, panel: null});
        }
    }

    backToWalk() {
        this.state.finishing = false;
    }

    async finish() {
        await this.busy(async () => {
            const args = [[this.state.page.id], this.state.outcome];
            await this.show(await this.orm.call(MODEL, "page_finish", args));
        });
    }

    openRecord() {
        if (this.state.details) {
            return this.action.doAction({
                type: "ir.actions.act_window",
                res_model: "ops.exception",
                res_id: this.state.details.id,
                views: [[false, "form"]],
            });
        }
    }

    openReviews() {
        return this.action.doAction("healthcare_ops_automation.ops_exception_review_action");
    }

    async busy(work) {
        if (this.state.busy) {
            return;
        }
        this.state.busy = true;
        try {
            await work();
        } finally {
            this.state.busy = false;
        }
    }
}

registry.category("actions").add("healthcare_ops_automation.exception_review", ExceptionReview);
