import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";

import {RecordEvents} from "./record_events";

/**
 * The button that tells whether a record is being escalated, and opens its escalations. The server
 * puts it into the form views of models that were ever escalated (models/escalation/base.py).
 */
export class RecordEscalations extends RecordEvents {
    static template = "healthcare_ops_automation.RecordEscalations";

    setup() {
        super.setup();
        this.state.running = 0;
    }

    async count() {
        const {domain} = this;
        const groups = await this.keepLast.add(
            this.orm.silent.formattedReadGroup("ops.escalation", domain, ["state"], ["__count"]),
        );
        const numbers = Object.fromEntries(groups.map((group) => [group.state, group.__count]));
        this.state.running = numbers.running || 0;
        this.state.count = groups.reduce((sum, group) => sum + group.__count, 0);
    }

    get label() {
        return this.state.running ? _t("Being escalated") : _t("Escalations");
    }

    get number() {
        return this.state.running || this.state.count;
    }

    async open() {
        const {domain} = this;
        const action = await this.action.loadAction(
            "healthcare_ops_automation.ops_escalation_action",
        );
        // The action's own context filters what is listed everywhere; here it is this record's.
        await this.action.doAction({...action, domain, context: {}});
    }
}

registry.category("view_widgets").add("ops_record_escalations", {
    component: RecordEscalations,
});
