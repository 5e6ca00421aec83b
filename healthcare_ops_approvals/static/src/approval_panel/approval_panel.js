import {Component, onWillUnmount, useEffect, useRef, useState} from "@odoo/owl";

import {_t} from "@web/core/l10n/translation";
import {RPCError} from "@web/core/network/rpc";
import {KeepLast} from "@web/core/utils/concurrency";
import {useService} from "@web/core/utils/hooks";

import {ApprovalDecision, DECISIONS} from "./approval_decision";
import {ApprovalStages} from "./approval_stages";
import {dueWords, fromNow, isPast, lookOf, moment} from "./approval_words";

const REQUEST = "ops.approval.request";
/** The text tells minutes. Only the words are new each minute: nothing is asked for. */
const MINUTE = 60000;

/**
 * How the approval of a document stands: who is asked and why, since when and until when, what was
 * decided, and what this person may do about it.
 *
 * What it shows and who may do what comes from the server, which checks everything again. A
 * decision carries the version that is displayed; when somebody changed the document meanwhile it
 * is refused, and the panel says what is new.
 */
export class ApprovalPanel extends Component {
    static template = "healthcare_ops_approvals.ApprovalPanel";
    static components = {ApprovalDecision, ApprovalStages};
    static props = {
        resModel: String,
        resId: {type: [Number, Boolean], optional: true},
        // It is read again whenever this is another one; of nothing, it is left as it is.
        stamp: true,
        // Saves what was edited besides; decides nothing where it could not.
        save: {type: Function, optional: true},
        // Called after each attempt, with the kind of what was done, or nothing when refused.
        done: {type: Function, optional: true},
        // Called with what was read, each time.
        loaded: {type: Function, optional: true},
        // Is handed `choose(kind)` and `isBusy()`, for a page that has keys for them.
        ready: {type: Function, optional: true},
        // The keys by kind of decision, to be named on the buttons.
        keys: {type: Object, optional: true},
    };
    static defaultProps = {save: async () => true, done: async () => null, keys: {}};

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
            () => this.forget(),
            () => [this.props.resModel, this.props.resId],
        );
        useEffect(
            (resModel, resId, stamp) => {
                if (resId && stamp) {
                    this.load();
                }
            },
            () => [this.props.resModel, this.props.resId, this.props.stamp],
        );
        const timer = setInterval(() => this.state.minute++, MINUTE);
        onWillUnmount(() => clearInterval(timer));
        this.props.ready?.({
            choose: (kind) => this.chooseIfOffered(kind),
            isBusy: () => Boolean(this.state.deciding || this.state.busy),
        });
    }

    /** Nothing of one document stays when another is shown, least of all its buttons. */
    forget() {
        Object.assign(this.state, {panel: null, deciding: null, refusal: "", news: []});
    }

    // -- what is shown ------------------------------------------------------------------

    get ofRequest() {
        return this.props.resModel === REQUEST;
    }

    async load() {
        const {resModel, resId} = this.props;
        const method = this.ofRequest ? "panel_data" : "approval_panel";
        const asking = this.orm.silent.call(resModel, method, [[resId]]);
        const panel = await this.keepLast.add(asking);
        // The newest first, as in the chatter.
        panel.history?.reverse();
        this.state.panel = panel;
        this.props.loaded?.(panel);
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
        const {name, version, my_stage, on_behalf_of} = this.state.panel;
        const parts = [name];
        if (version > 1) {
            parts.push(_t("version %s", version));
        }
        if (my_stage && !DECISIONS[this.state.deciding].versionless) {
            parts.push(_t("as %s", my_stage));
            if (on_behalf_of) {
                parts.push(_t("for %s", on_behalf_of));
            }
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

    get questions() {
        return this.state.panel.questions || [];
    }

    // -- what is done -------------------------------------------------------------------

    chooseIfOffered(kind) {
        const {panel, busy, deciding} = this.state;
        const offered = panel?.may.includes(kind) && !busy && !deciding;
        if (offered) {
            this.choose(kind);
        }
        return Boolean(offered);
    }

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
        await this.act("submit", async () => {
            const {resModel, resId} = this.props;
            await this.orm.call(resModel, "action_submit_for_approval", [[resId]]);
        });
    }

    async carryOut() {
        const {request_id} = this.state.panel;
        const call = () => this.orm.call(REQUEST, "action_carry_out", [[request_id]]);
        await this.act("carry_out", call);
    }

    async decide(kind, values) {
        const {method, versionless} = DECISIONS[kind];
        const {request_id, version} = this.state.panel;
        const kwargs = versionless ? {...values} : {...values, version};
        if (kind === "answer") {
            // What was asked after the panel was read stays open.
            kwargs.question_id = this.questions.at(-1).id;
        }
        await this.act(kind, () => this.orm.call(REQUEST, method, [[request_id]], kwargs));
    }

    /** Save what was edited, do it, and show how everything stands then, refused or not. */
    async act(kind, call) {
        if (this.state.busy) {
            return;
        }
        this.state.busy = true;
        Object.assign(this.state, {refusal: "", news: []});
        try {
            if (!(await this.props.save())) {
                return;
            }
            const before = this.state.panel;
            let done = kind;
            try {
                await call();
                this.state.deciding = null;
            } catch (error) {
                if (!(error instanceof RPCError) || !error.exceptionName?.startsWith("odoo.")) {
                    throw error;
                }
                done = null;
                await this.explain(error.data.message, before);
            }
            await this.props.done(done);
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
