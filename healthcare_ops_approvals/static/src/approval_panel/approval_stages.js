import {Component} from "@odoo/owl";

import {_t} from "@web/core/l10n/translation";

import {dueWords, fromNow, isPast, lookOf, moment} from "./approval_words";

/**
 * The way of a request as a line that is read from left to right: what lies side by side in one
 * step is asked at once, the next step after it. On a phone the steps stand below each other.
 */
export class ApprovalStages extends Component {
    static template = "healthcare_ops_approvals.ApprovalStages";
    static props = {stages: Array};

    setup() {
        Object.assign(this, {dueWords, fromNow, isPast, lookOf, moment});
    }

    /** Who is asked in words, unless the people below say just that. */
    who({who, people}) {
        return people?.length && people.every((person) => who?.includes(person.name)) ? "" : who;
    }

    decided(person) {
        return ["approved", "rejected", "returned", "abstained"].includes(person.state);
    }

    details(stage) {
        const several = stage.people?.length !== 1 && stage.mode_text;
        const mode = several && _t("approval by %s", stage.mode_text);
        return [this.who(stage), mode].filter(Boolean).join(" · ");
    }

    get steps() {
        const steps = new Map();
        for (const stage of this.props.stages) {
            if (!steps.has(stage.step)) {
                steps.set(stage.step, []);
            }
            steps.get(stage.step).push(stage);
        }
        return [...steps.entries()]
            .sort(([one], [other]) => one - other)
            .map(([step, stages]) => ({step, stages}));
    }
}
