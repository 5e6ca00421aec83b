import {Component, onMounted, useExternalListener, useState} from "@odoo/owl";

import {Dropdown} from "@web/core/dropdown/dropdown";
import {useDropdownState} from "@web/core/dropdown/dropdown_hooks";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {KeepLast} from "@web/core/utils/concurrency";
import {useService} from "@web/core/utils/hooks";
import {useDebounced} from "@web/core/utils/timing";
import {session} from "@web/session";

import {dueWords} from "../approval_panel/approval_words";

const PAGE = "healthcare_ops_approvals.my_approvals_action";
/** Sent by the server to who is asked, or not any more: ops_approval_request_tell.py. */
const COUNTED = "healthcare_ops_approvals/counted";
/** Whoever comes back to the window is told again, at most so often (milliseconds). */
const OLD = 60000;
const FIRST = 5;

/**
 * How much waits for the decision of who looks, in the bar at the top, and the first five of it.
 *
 * It counts when the page is loaded, when the server says that something changed, and when
 * somebody comes back to the window after a while. It never polls.
 */
export class ApprovalsSystray extends Component {
    static template = "healthcare_ops_approvals.ApprovalsSystray";
    static components = {Dropdown};
    static props = {};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dueWords = dueWords;
        this.dropdown = useDropdownState();
        this.keepLast = new KeepLast();
        this.state = useState({total: 0, overdue: 0, items: null});
        this.countedAt = 0;
        const countSoon = useDebounced(() => this.count(), 1000);
        const bus = useService("bus_service");
        bus.subscribe(COUNTED, countSoon);
        useExternalListener(window, "focus", () => {
            if (Date.now() - this.countedAt > OLD) {
                this.count();
            }
        });
        onMounted(() => this.count());
    }

    async count() {
        this.countedAt = Date.now();
        const counting = this.orm.silent.call("res.users", "ops_my_approvals_count", []);
        Object.assign(this.state, await this.keepLast.add(counting));
    }

    get title() {
        const {total, overdue} = this.state;
        return _t("My approvals: %(total)s to decide, %(overdue)s overdue", {total, overdue});
    }

    async onBeforeOpen() {
        this.state.items = null;
        const reading = this.orm.silent.call("res.users", "ops_my_approvals", [], {limit: FIRST});
        reading.then(({items, total, overdue}) =>
            Object.assign(this.state, {items, total, overdue}),
        );
    }

    open(item) {
        this.dropdown.close();
        const options = {clearBreadcrumbs: true};
        if (item) {
            options.additionalContext = {approval_request_id: item.request_id};
        }
        return this.action.doAction(PAGE, options);
    }
}

if (session.ops_decides) {
    registry
        .category("systray")
        .add("healthcare_ops_approvals.systray", {Component: ApprovalsSystray}, {sequence: 22});
}
