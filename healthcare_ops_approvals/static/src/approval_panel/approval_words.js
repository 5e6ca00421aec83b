import {deserializeDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";

/** How a state looks. The words come from the server: colour and icon never stand alone. */
const LOOKS = {
    none: {colour: "secondary", icon: "fa-pencil"},
    pending: {colour: "warning", icon: "fa-hourglass-half"},
    approved: {colour: "success", icon: "fa-check"},
    rejected: {colour: "danger", icon: "fa-times"},
    returned: {colour: "info", icon: "fa-reply"},
    withdrawn: {colour: "secondary", icon: "fa-undo"},
    superseded: {colour: "secondary", icon: "fa-history"},
    closed: {colour: "secondary", icon: "fa-archive"},
    // Stages and people in them.
    planned: {colour: "light", icon: "fa-user-o"},
    waiting: {colour: "light", icon: "fa-circle-o"},
    open: {colour: "warning", icon: "fa-hourglass-half"},
    abstained: {colour: "secondary", icon: "fa-minus"},
    ended: {colour: "light", icon: "fa-minus"},
    // What the engine and people do to a request.
    approve: {colour: "success", icon: "fa-check"},
    reject: {colour: "danger", icon: "fa-times"},
    return: {colour: "info", icon: "fa-reply"},
    abstain: {colour: "secondary", icon: "fa-minus"},
    withdraw: {colour: "secondary", icon: "fa-undo"},
    submit: {colour: "primary", icon: "fa-paper-plane"},
    reopen: {colour: "warning", icon: "fa-refresh"},
    ask: {colour: "info", icon: "fa-question"},
    answer: {colour: "info", icon: "fa-comment-o"},
    replace: {colour: "secondary", icon: "fa-exchange"},
    handover: {colour: "secondary", icon: "fa-share"},
    // A seat that somebody else has now.
    replaced: {colour: "light", icon: "fa-exchange"},
};

export function lookOf(state) {
    return LOOKS[state] || LOOKS.closed;
}

/** A moment of the server in the reader's time zone and language: "Tue, Nov 24, 2026, 5:00 PM". */
export function moment(at) {
    const format = luxon.DateTime.DATETIME_MED_WITH_WEEKDAY;
    return at ? deserializeDateTime(at).toLocaleString(format) : "";
}

/** The same from now, e.g. "3 hours ago", "just now" or "in 2 days". */
export function fromNow(at) {
    if (!at) {
        return "";
    }
    const then = deserializeDateTime(at);
    const seconds = luxon.DateTime.now().diff(then).as("seconds");
    return seconds >= 0 && seconds < 60 ? _t("just now") : then.toRelative() || "";
}

export function isPast(at) {
    return Boolean(at) && deserializeDateTime(at) < luxon.DateTime.now();
}

/** Until when, from now: "Due in 3 hours" or "Overdue since 2 days". */
export function dueWords(at) {
    if (!isPast(at)) {
        return _t("Due %s", fromNow(at));
    }
    const {days, hours, minutes} = luxon.DateTime.now().diff(deserializeDateTime(at), [
        "days",
        "hours",
        "minutes",
    ]);
    if (days >= 1) {
        return _t("Overdue by %s", luxon.Duration.fromObject({days}).toHuman());
    }
    const part = hours >= 1 ? {hours} : {minutes: Math.max(1, Math.floor(minutes))};
    return _t("Overdue by %s", luxon.Duration.fromObject(part).toHuman());
}
