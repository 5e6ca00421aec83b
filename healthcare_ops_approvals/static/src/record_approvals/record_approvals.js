import {RecordEvents} from "@healthcare_ops_automation/record_events/record_events";
import {registry} from "@web/core/registry";

/**
 * The button that opens the approval requests of a document, with their number. The server puts
 * it into the forms of documents under approval (models/gate/ops_approval_mixin_view.py).
 */
export class RecordApprovals extends RecordEvents {
    static template = "healthcare_ops_approvals.RecordApprovals";

    async count() {
        const counting = this.orm.silent.searchCount("ops.approval.request", this.domain);
        this.state.count = await this.keepLast.add(counting);
    }

    async open() {
        const {domain} = this;
        const action = await this.action.loadAction(
            "healthcare_ops_approvals.ops_approval_request_action",
        );
        // The action's own context filters what is listed everywhere; here it is this record's.
        await this.action.doAction({...action, domain, context: {}});
    }
}

registry.category("view_widgets").add("ops_record_approvals", {
    component: RecordApprovals,
});
