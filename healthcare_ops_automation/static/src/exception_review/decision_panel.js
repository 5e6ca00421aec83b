import {Component, useEffect, useRef, useState} from "@odoo/owl";

import {DateTimeInput} from "@web/core/datetime/datetime_input";
import {useHotkey} from "@web/core/hotkeys/hotkey_hook";
import {serializeDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {RecordSelector} from "@web/core/record_selectors/record_selector";

const {DateTime} = luxon;

const TITLES = {
    assigned: _t("Who works on it?"),
    due: _t("Until when?"),
    accepted: _t("Why is it accepted as it is?"),
    resolved: _t("How was it resolved?"),
};

/** What a decision needs to know besides; it hands over values of the exception. */
export class DecisionPanel extends Component {
    static template = "healthcare_ops_automation.DecisionPanel";
    static components = {DateTimeInput, RecordSelector};
    static props = {
        decision: String,
        details: Object,
        busy: Boolean,
        decide: Function,
        close: Function,
    };

    setup() {
        const {details} = this.props;
        this.state = useState({
            user_id: details.user_id || false,
            team_id: details.team_id || false,
            due: DateTime.local().plus({days: 1}).startOf("hour"),
            resolution_id: false,
            resolution: "",
        });
        this.root = useRef("root");
        useEffect(
            () => this.root.el.querySelector("input, textarea")?.focus(),
            () => [this.props.decision],
        );
        useHotkey("control+enter", () => this.confirm(), {bypassEditableProtection: true});
    }

    get title() {
        return TITLES[this.props.decision];
    }

    get offered() {
        const {company_id, category_id} = this.props.details;
        return {
            people: [["share", "=", false]],
            teams: [["company_id", "=", company_id]],
            codes: ["|", ["category_ids", "=", false], ["category_ids", "in", [category_id]]],
        };
    }

    inDays(days) {
        this.state.due = DateTime.local().plus({days}).set({hour: 17, minute: 0, second: 0});
    }

    setDue(value) {
        this.state.due = value;
    }

    set(name, value) {
        this.state[name] = value;
    }

    confirm() {
        if (this.props.busy) {
            return;
        }
        const {user_id, team_id, due, resolution_id, resolution} = this.state;
        const values = {
            assigned: {user_id, team_id},
            due: {due_at: due ? serializeDateTime(due) : false},
            accepted: {resolution},
            resolved: {resolution_id, resolution},
        };
        this.props.decide(this.props.decision, values[this.props.decision]);
    }
}
