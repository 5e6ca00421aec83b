import {Component, onWillStart, useState} from "@odoo/owl";

import {deserializeDateTime, formatDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {KeepLast} from "@web/core/utils/concurrency";
import {useService} from "@web/core/utils/hooks";
import {Layout} from "@web/search/layout";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";

/** How each status looks and reads: never by colour alone. Listed from worst to best. */
const STATUSES = {
    failing: {
        word: _t("Failing"),
        icon: "fa-times-circle",
        color: "danger",
        title: _t("Something does not work"),
    },
    degraded: {
        word: _t("Needs attention"),
        icon: "fa-exclamation-triangle",
        color: "warning",
        title: _t("It works, and somebody should look"),
    },
    ok: {
        word: _t("Healthy"),
        icon: "fa-check-circle",
        color: "success",
        title: _t("Everything works"),
    },
};
const WORST_FIRST = Object.keys(STATUSES);

/**
 * Monitoring > Health: the checks of `ops.health` in words, what needs somebody on top.
 *
 * It asks once when opened and again on the button; it does not poll.
 */
export class HealthPage extends Component {
    static template = "healthcare_ops_monitoring.HealthPage";
    static components = {Layout};
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        this.display = {controlPanel: {}};
        this.state = useState({report: null, loading: false, problem: null});
        onWillStart(() => this.load());
    }

    async load() {
        this.state.loading = true;
        try {
            this.state.report = await this.keepLast.add(this.orm.call("ops.health", "page", []));
            this.state.problem = null;
        } catch (error) {
            // An old report must not pass for the present one.
            this.state.report = null;
            this.state.problem = this.describe(error);
        } finally {
            this.state.loading = false;
        }
    }

    describe(error) {
        if (error.exceptionName === "odoo.exceptions.AccessError") {
            return {icon: "fa-lock", title: _t("Not shown to you"), text: error.data.message};
        }
        return {
            icon: "fa-chain-broken",
            title: _t("The server did not answer"),
            text: _t("Try again. If it stays so, tell whoever runs the server."),
        };
    }

    status(name) {
        return STATUSES[name];
    }

    get checks() {
        const rank = (check) => WORST_FIRST.indexOf(check.status);
        return [...this.state.report.checks].sort((a, b) => rank(a) - rank(b));
    }

    get summary() {
        const total = this.state.report.checks.length;
        const healthy = this.state.report.checks.filter((check) => check.status === "ok").length;
        return _t("%(healthy)s of %(total)s checks are healthy.", {healthy, total});
    }

    get checkedAt() {
        const at = deserializeDateTime(this.state.report.checked_at);
        return _t("Checked %(time)s (%(zone)s)", {
            time: formatDateTime(at),
            zone: at.zoneName,
        });
    }

    open(check) {
        return this.action.doAction(check.action);
    }
}

registry.category("actions").add("healthcare_ops_monitoring.health", HealthPage);
