import {Component, useEffect, useRef, useState} from "@odoo/owl";

import {useHotkey} from "@web/core/hotkeys/hotkey_hook";
import {_t} from "@web/core/l10n/translation";

/**
 * What each decision asks for. `method` is called on the request, with the version that was
 * displayed; `words` are what the method calls the text.
 */
export const DECISIONS = {
    approve: {
        label: _t("Approve"),
        icon: "fa-check",
        style: "btn-success",
        method: "action_approve",
        title: _t("Approve this?"),
        words: {name: "comment", label: _t("Comment (if you like)")},
    },
    reject: {
        label: _t("Reject"),
        icon: "fa-times",
        style: "btn-outline-danger",
        method: "action_reject",
        title: _t("Why is it rejected?"),
        help: _t("This ends the request. To ask for a change, return it instead."),
        reason: true,
        words: {name: "comment", label: _t("In words"), required: true},
    },
    return: {
        label: _t("Return"),
        icon: "fa-reply",
        style: "btn-outline-secondary",
        method: "action_return",
        title: _t("What has to change?"),
        help: _t("It goes back to whoever asked, who can change it and submit it again."),
        words: {name: "comment", label: _t("In words"), required: true},
    },
    ask: {
        label: _t("Ask"),
        icon: "fa-question-circle-o",
        style: "btn-outline-secondary",
        method: "action_ask",
        title: _t("What do you want to know?"),
        help: _t(
            "It goes to whoever submitted it. You stay asked; everybody concerned can read it.",
        ),
        words: {name: "question", label: _t("Your question"), required: true},
    },
    answer: {
        label: _t("Answer"),
        icon: "fa-comment-o",
        style: "btn-primary",
        method: "action_answer",
        title: _t("What do you answer?"),
        help: _t("Whoever wants to know is told; everybody concerned can read it."),
        words: {name: "answer", label: _t("Your answer"), required: true},
        versionless: true,
    },
    abstain: {
        label: _t("Abstain"),
        icon: "fa-minus",
        style: "btn-outline-secondary",
        method: "action_abstain",
        title: _t("What interest keeps you from deciding?"),
        help: _t("You give up your seat. The others decide without you; it is kept on record."),
        words: {name: "reason", label: _t("Your interest, in words"), required: true},
    },
    withdraw: {
        label: _t("Withdraw"),
        icon: "fa-undo",
        style: "btn-outline-secondary",
        method: "action_withdraw",
        title: _t("Take the request back?"),
        help: _t("Nobody is asked any more. It can be submitted again."),
        words: {name: "comment", label: _t("Comment (if you like)")},
        versionless: true,
    },
};

/** The small form below the buttons: what a decision needs besides. */
export class ApprovalDecision extends Component {
    static template = "healthcare_ops_approvals.ApprovalDecision";
    static props = {
        kind: String,
        subject: String,
        reasons: Array,
        busy: Boolean,
        decide: Function,
        close: Function,
    };

    setup() {
        this.state = useState({reason: "", words: "", missing: ""});
        this.root = useRef("root");
        useEffect(
            () => this.root.el.querySelector("select, textarea")?.focus(),
            () => [this.props.kind],
        );
        const anywhere = {bypassEditableProtection: true};
        useHotkey("control+enter", () => this.confirm(), anywhere);
        useHotkey("escape", () => this.props.close(), anywhere);
    }

    get decision() {
        return DECISIONS[this.props.kind];
    }

    confirm() {
        if (this.props.busy) {
            return;
        }
        const {reason, words} = this.decision;
        const text = this.state.words.trim();
        if (reason && !this.state.reason) {
            this.miss(_t("Choose a reason."), "select");
        } else if (words.required && !text) {
            this.miss(_t("Say it in a few words."), "textarea");
        } else {
            const values = {[words.name]: text || false};
            if (reason) {
                values.reason_code = this.state.reason;
            }
            this.props.decide(this.props.kind, values);
        }
    }

    miss(what, where) {
        this.state.missing = what;
        this.root.el.querySelector(where).focus();
    }
}
