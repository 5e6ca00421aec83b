import {Component, onWillUnmount, useEffect, useState} from "@odoo/owl";

import {deserializeDateTime, formatDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {KeepLast} from "@web/core/utils/concurrency";
import {useService} from "@web/core/utils/hooks";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";

/** The text tells minutes, so it is asked for again each minute, while somebody can see it. */
const MINUTE = 60000;

/**
 * How much time the service levels of a record leave, in words and colour. The server puts it
 * into the form views of models under a service level, for those who may read clocks
 * (models/service_levels/base.py), and words the remaining time in working hours.
 */
export class SlaClocks extends Component {
    static template = "healthcare_ops_automation.SlaClocks";
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        this.state = useState({clocks: []});
        useEffect(
            (record, resId, loaded) => {
                if (resId && loaded) {
                    this.load();
                }
            },
            () => {
                const {record} = this.props;
                // The data are another object after each load and save.
                return [record, record.resId, !record.dirty && record.data];
            },
        );
        const timer = setInterval(() => {
            if (this.state.clocks.length && document.visibilityState === "visible") {
                this.load();
            }
        }, MINUTE);
        onWillUnmount(() => clearInterval(timer));
    }

    async load() {
        const {resModel, resId} = this.props.record;
        const asking = this.orm.silent.call("ops.sla.clock", "record_clocks", [resModel, resId]);
        this.state.clocks = await this.keepLast.add(asking);
    }

    /** When it is due in the reader's time zone, and by which hours. */
    tooltip(clock) {
        const lines = [clock.policy];
        if (clock.due_at) {
            lines.push(_t("Due: %s", formatDateTime(deserializeDateTime(clock.due_at))));
        }
        lines.push(_t("Hours that count: %s", clock.calendar));
        return lines.join("\n");
    }

    open(clock) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "ops.sla.clock",
            res_id: clock.id,
            views: [[false, "form"]],
        });
    }
}

registry.category("view_widgets").add("ops_sla_clocks", {
    component: SlaClocks,
});
