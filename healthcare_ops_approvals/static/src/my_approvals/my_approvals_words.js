import {_t} from "@web/core/l10n/translation";

/** How each group is headed: never by colour alone. */
export const DUES = {
    overdue: {title: _t("Overdue"), icon: "fa-exclamation-circle", color: "danger"},
    today: {title: _t("Today"), icon: "fa-clock-o", color: "warning"},
    week: {title: _t("This week"), icon: "fa-calendar", color: "info"},
    later: {title: _t("Later"), icon: "fa-calendar-o", color: "secondary"},
    undated: {title: _t("No date"), icon: "fa-circle-o", color: "secondary"},
};

/** The key of each decision. */
export const KEYS = {approve: "a", reject: "r", return: "s", ask: "q"};

/** What the keys do, as the page lists them. */
export const SHORTCUTS = [
    {keys: ["J", "↓"], does: _t("the next one")},
    {keys: ["K", "↑"], does: _t("the one before")},
    {keys: ["A"], does: _t("approve")},
    {keys: ["R"], does: _t("reject")},
    {keys: ["S"], does: _t("return (send back)")},
    {keys: ["Q"], does: _t("ask a question")},
    {keys: ["X"], does: _t("select, to decide about several")},
    {keys: ["?"], does: _t("show or hide this")},
];
