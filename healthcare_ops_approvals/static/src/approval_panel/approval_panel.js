import {Component, onWillUnmount, useEffect, useRef, useState} from "@odoo/owl";

import {_t} from "@web/core/l10n/translation";
import {RPCError} from "@web/core/network/rpc";
import {registry} from "@web/core/registry";
import {KeepLast} from "@web/core/utils/concurrency";
import {useService} from "@web/core/utils/hooks";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";

import {ApprovalDecision, DECISIONS} from "./approval_decision";
import {ApprovalStages} from "./approval_stages";
import {dueWords, fromNow, isPast, lookOf, moment} from "./approval_words";

const REQUEST = "ops.approval.request";
/** The text tells minutes. Only the words are new each minute: nothing is asked for. */
const MINUTE = 60000;

/**
 * How the approval of a document stands: who is asked and why, since when and until when, what was
 * decided, and what this person may do about it. The server puts it into the form of every
 * document under approval (models/gate/ops_approval_mixin_view.py) and into that of the request.
 *
 * What it shows and who may do what comes from the server, which checks everything again. A
 * decision carries the version that is displayed; when somebody changed the document meanwhile it
 * is refused, and the panel says what is new.
 */
export class ApprovalPanel extends Component {
    static template = "healthcare_ops_approvals.ApprovalPanel";
    static components = {ApprovalDecision, ApprovalStages};
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        this.root = useRef("root");
        this.decisions = DECISIONS;
        Object.assign(this, {dueWords, fromNow, isPast, lookOf, moment});
        this.state = useState({
            panel: null,
            deciding: null,
            busy: false,
            refusal: "",
            news: [],
            minute: 0,
        });
        useEffect(
            (record, resId, loaded) => {
                if (!resId) {
                    this.state.panel = null;
                } else if (loaded) {
                    this.load();
                }
            },
            () => {
                const {record} = this.props;
                // The data are another object after each load and save.
                return [record, record.resId, !record.dirty && record.data];
            },
        );
        const timer = setInterval(() => this.state.minute++, MINUTE);
        onWillUnmount(() => clearInterval(timer));
    }

    // -- what is shown ------------------------------------------------------------------

    get ofRequest() {
        return this.props.record.resModel === REQUEST;
    }

    async load() {
        const {resModel, resId} = this.props.record;
        const method = this.ofRequest ? "panel_data" : "approval_panel";
        const asking = this.orm.silent.call(resModel, method, [[resId]]);
        const panel = await this.keepLast.add(asking);
        // The newest first, as in the chatter.
        panel.history?.reverse();
        this.state.panel = panel;
    }

    get shown() {
        const {panel} = this.state;
        return panel && (panel.armed || panel.request_id);
    }

    /** Who is asked now, of all stages that are open. */
    get asked() {
        const people = this.state.panel.stages
            .filter((stage) => stage.state === "open")
            .flatMap((stage) => stage.people)
            .filter((person) => person.state === "open")
            .map((person) => person.name);
        return [...new Set(people)];
    }

    get problems() {
        return this.state.panel.problems || [];
    }

    /** Not while it would be refused: the panel says what has to be put right. */
    get maySubmit() {
        const {may, state} = this.state.panel;
        return may.includes("submit") && !(state === "none" && this.problems.length);
    }

    get mayDecide() {
        return this.state.panel.may.includes("approve");
    }

    get buttons() {
        return Object.entries(DECISIONS)
            .filter(([kind]) => this.state.panel.may.includes(kind))
            .map(([kind, decision]) => ({kind, ...decision}));
    }

    /** What a decision is about: which request, which version of it, in which stage. */
    get subject() {
        const {name, version, my_stage} = this.state.panel;
        const parts = [name];
        if (version > 1) {
            parts.push(_t("version %s", version));
        }
        if (my_stage && this.state.deciding !== "withdraw") {
            parts.push(_t("as %s", my_stage));
        }
        return parts.join(", ");
    }

    /** Who would be asked by the rules but is not, and why. */
    get excluded() {
        const {stages, request_id} = this.state.panel;
        if (!request_id) {
            return []; // The sentences of the explanation say it.
        }
        return stages.flatMap((stage) =>
            (stage.excluded || []).map((each) => ({...each, stage: stage.name})),
        );
    }

    get previous() {
        const {previous} = this.state.panel;
        return !previous ? [] : Array.isArray(previous) ? previous : [previous];
    }

    // -- what is done -------------------------------------------------------------------

    choose(kind) {
        Object.assign(this.state, {deciding: this.state.deciding === kind ? null : kind});
    }

    /** Go back to where the keyboard came from. */
    close() {
        const {deciding} = this.state;
        this.state.deciding = null;
        this.root.el.querySelector(`[data-decision=${deciding}]`)?.focus();
    }

    async submit() {
        await this.act(async () => {
            const {resModel, resId} = this.props.record;
            await this.orm.call(resModel, "action_submit_for_approval", [[resId]]);
        });
    }

    async carryOut() {
        const {request_id} = this.state.panel;
        await this.act(() => this.orm.call(REQUEST, "action_carry_out", [[request_id]]));
    }

    async decide(kind, values) {
        const {method, versionless} = DECISIONS[kind];
        const {request_id, version} = this.state.panel;
        const kwargs = versionless ? values : {...values, version};
        await this.act(() => this.orm.call(REQUEST, method, [[request_id]], kwargs));
    }

    /** Save what was edited, do it, and show how everything stands then, refused or not. */
    async act(call) {
        if (this.state.busy) {
            return;
        }
        this.state.busy = true;
        Object.assign(this.state, {refusal: "", news: []});
        try {
            const {root} = this.props.record.model;
            if (!(await root.save())) {
                return;
            }
            const before = this.state.panel;
            try {
                await call();
                this.state.deciding = null;
            } catch (error) {
                if (!(error instanceof RPCError) || !error.exceptionName?.startsWith("odoo.")) {
                    throw error;
                }
                await this.explain(error.data.message, before);
            }
            await root.load();
        } finally {
            this.state.busy = false;
        }
    }

    /** Why it was refused; and when that is because something is new, what. */
    async explain(refusal, before) {
        await this.load();
        const {panel} = this.state;
        const changed = panel.version !== before.version || panel.state !== before.state;
        this.state.refusal = refusal;
        if (changed) {
            this.state.deciding = null;
            const known = before.history.length;
            // The newest stands first.
            this.state.news = panel.history.slice(0, panel.history.length - known);
        }
    }

    openRequest(id) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: REQUEST,
            res_id: id,
            views: [[false, "form"]],
        });
    }
}

registry.category("view_widgets").add("ops_approval_panel", {
    component: ApprovalPanel,
    label: _t("Approval of the record"),
});
